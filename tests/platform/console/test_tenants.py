"""Tenants in the operators' console: found, made, changed, closed; each action in the audit log."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from console.tasks import mail_owner
from tenants.models import Account, AuditEntry, Tenant
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, once_allowed, once_refused
from tests.support.operators import as_operator, operator
from tests.support.server import LiveServer
from tests.support.tables import change

TENANTS = "/operators/tenants/tenant"


@pytest.fixture
def otto() -> Account:
    return operator()


@pytest.fixture
def console(live: LiveServer, otto: Account) -> Client:
    return as_operator(live, otto)


def page(tenant: Tenancy, tab: str = "") -> str:
    return f"{TENANTS}/{tenant.record.id}{tab}"


def do(console: Client, path: str, action: str, **fields: str) -> str:
    """The page that follows."""
    answer = console.submit(path, action=action, **fields)
    assert answer.status == 302, answer.text
    return console.get(answer.headers["Location"]).text


def recorded(target: str) -> list[str]:
    found = AuditEntry.objects.filter(chain=AuditEntry.PLATFORM, target=target).order_by("number")
    return [entry.action for entry in found]


def row(tenant: Tenancy) -> Tenant:
    found: Tenant = Tenant.objects.get(pk=tenant.record.id)
    return found


def test_the_list_is_searched_by_slug_name_and_domain_and_filtered(
    console: Client, acme: Tenancy, globex: Tenancy
) -> None:
    Tenant.objects.filter(pk=globex.record.id).update(paused=True, plan="pro")

    def shows(query: str) -> set[str]:
        text = console.get(f"{TENANTS}/?{query}").text
        return {each.slug for each in (acme, globex) if each.slug in text}

    assert shows(f"q={acme.slug}") == {acme.slug}
    assert shows(f"q={globex.slug}&plan=pro") == {globex.slug}
    assert shows("plan=pro&paused__exact=1&status__exact=active") == {globex.slug}
    assert shows("status__exact=suspended") == set()
    assert f"{TENANTS}/{acme.record.id}" in console.get(f"{TENANTS}/?q={acme.slug}").text


def test_a_new_tenant_is_ready_its_keys_are_shown_once_and_its_owner_gets_a_letter(
    live: LiveServer, console: Client, otto: Account
) -> None:
    slug = f"initech-{secrets.token_hex(4)}"
    given = {"slug": slug, "name": "Initech", "owner": f"peter@{slug}.test", "plan": "pro", "region": "eu"}
    refused = console.submit(f"{TENANTS}/new", action="create", **{**given, "slug": "www"})
    assert refused.status == 422
    assert "kept for the platform" in refused.text
    assert 'value="Initech"' in refused.text, "what was typed is still there"
    made = console.submit(f"{TENANTS}/new", action="create", **given)
    assert (made.status, "no-store" in made.headers["Cache-Control"]) == (200, True)
    [api_key] = re.findall(r"sk_\w+", made.text)
    with_key = Client(live, f"{slug}.localhost", {"Authorization": f"Bearer {api_key}"})
    assert with_key.get("/api/v1/rooms").status == 200
    tenant = Tenant.objects.get(slug=slug)
    assert (tenant.plan, tenant.region, tenant.send_burst) == ("pro", "eu", 60)
    assert api_key not in console.get(f"{TENANTS}/{tenant.pk}").text
    entry = AuditEntry.objects.get(action="tenant.created", target=f"tenant:{slug}")
    assert (entry.actor_kind, entry.actor_name) == ("operator", otto.email)
    assert api_key not in str(entry.after)


async def test_the_owners_letter_leads_in(live: LiveServer, acme: Tenancy) -> None:
    owner = await Account.objects.acreate(email=f"{secrets.token_hex(4)}@example.test", password="!")
    await acme.awelcome(owner, "owner")
    await mail_owner(acme.record.id, owner.pk)
    [letter] = [each for each in mail.outbox if each.to == [owner.email]]
    [path] = re.findall(rf"{acme.made.tenant.url}(/invitation/\S+)", str(letter.body))
    assert Client(live, acme.host).get(path).status == 200


def test_terms_change_and_another_plan_brings_its_limits(live: LiveServer, console: Client, acme: Tenancy) -> None:
    terms = {"name": "Acme & Sons", "plan": "scale", "region": "eu", "notes": "Asks for invoices."}
    assert "Acme &amp; Sons" in do(console, page(acme), "change", **terms)
    assert (row(acme).name, row(acme).send_burst, row(acme).notes) == ("Acme & Sons", 150, "Asks for invoices.")
    limits = {
        field: str("" if getattr(row(acme), field) is None else getattr(row(acme), field))
        for field in re.findall(r'name="(\w+)"', console.get(page(acme, "/limits")).text)
        if hasattr(row(acme), field)
    }
    do(console, page(acme, "/limits"), "change", **{**limits, "send_burst": "7"})
    assert row(acme).send_burst == 7
    do(console, page(acme), "change", **{**terms, "region": "us"})
    assert row(acme).send_burst == 7, "the same plan again leaves what was set by hand"
    refused = console.submit(page(acme, "/limits"), action="change", **{**limits, "frame_bytes": "1000000"})
    assert refused.status == 422
    changed = [entry for entry in recorded(f"tenant:{acme.slug}") if entry == "tenant.changed"]
    assert len(changed) == 3
    last = AuditEntry.objects.filter(target=f"tenant:{acme.slug}").first()
    assert last is not None
    assert (last.before, last.after) == ({"region": "eu"}, {"region": "us"})


def test_suspending_takes_a_reason_and_is_undone(live: LiveServer, console: Client, acme: Tenancy) -> None:
    server = as_server(live, acme)
    assert console.submit(page(acme, "/state"), action="suspend", reason="").status == 422
    assert "Unpaid" in do(console, page(acme, "/state"), "suspend", reason="Unpaid")
    assert once_refused(lambda: server.get("/api/v1/rooms")).code == "tenant_suspended"
    do(console, page(acme, "/state"), "resume")
    assert once_allowed(lambda: server.get("/api/v1/rooms")).status == 200
    assert recorded(f"tenant:{acme.slug}")[-2:] == ["tenant.suspended", "tenant.resumed"]


def test_deleting_takes_the_slug_and_is_undone_while_the_grace_lasts(console: Client, acme: Tenancy) -> None:
    refused = console.submit(page(acme, "/state"), action="delete", slug="acme")
    assert (refused.status, "nothing was deleted" in refused.text) == (422, True)
    assert row(acme).status == "active"
    assert "Bring it back" in do(console, page(acme, "/state"), "delete", slug=acme.slug)
    assert row(acme).delete_after > timezone.now() + timedelta(days=29)
    do(console, page(acme, "/state"), "resume")
    assert (row(acme).status, row(acme).delete_after) == ("active", None)
    assert recorded(f"tenant:{acme.slug}")[-2:] == ["tenant.closed", "tenant.resumed"]


def test_usage_is_shown_against_the_limit(console: Client, acme: Tenancy) -> None:
    change(acme, "INSERT INTO chat_storageuse (id, used_bytes) VALUES (1, %s)", 512 << 20)
    text = console.get(page(acme)).text
    assert "512.0\xa0MB of 1.0\xa0GB" in text
    assert 'aria-valuenow="50"' in text


def test_who_only_looks_is_shown_no_form(live: LiveServer, acme: Tenancy) -> None:
    viewer = as_operator(live, operator("viewer"))
    for tab in ("", "/limits", "/domains", "/state"):
        answer: Answer = viewer.get(page(acme, tab))
        assert answer.status == 200
        assert 'name="action"' not in answer.text
    assert viewer.get(page(acme, "/support")).status == 403
    assert viewer.get(f"{TENANTS}/new").status == 403
