"""Support: an operator in a tenant's console, with a reason, for a while, and only as far as the tenant allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from config.urls_tenant import tenant_console
from tenants.consoles.permits import PERMITS, Permit, support_permits, views_among
from tenants.models import Account, AuditEntry, Role, SupportAccess, SupportGrant, Tenant
from tenants.support import end_expired_support
from tests.support.cast import Tenancy
from tests.support.consoles import ask, everything_of
from tests.support.http import Answer, Client, csrf_token
from tests.support.operators import as_operator, operator
from tests.support.server import LiveServer
from tests.support.sockets import open_socket

Enter = Callable[..., Client]


@pytest.fixture
def otto() -> Account:
    return operator("support")


@pytest.fixture
def enter(live: LiveServer, acme: Tenancy, otto: Account) -> Enter:
    """Ask for access as an operator does, and go in by the link."""

    def go(mode: str = "view") -> Client:
        inside = Client(live, acme.host)
        answer = inside.get(link(live, acme, otto, mode))
        assert (answer.status, answer.headers["Location"]) == (302, "/admin/")
        return inside

    return go


def link(live: LiveServer, acme: Tenancy, otto: Account, mode: str = "view") -> str:
    console = as_operator(live, otto)
    page = f"/operators/tenants/tenant/{acme.record.id}/support"
    asked = console.submit(page, action="grant", reason="Ticket 4711", minutes="15", mode=mode)
    assert asked.status == 302, asked.text
    grant = SupportGrant.objects.filter(tenant_id=acme.record.id).latest("created_at")
    entry = f"/operators/support/{grant.pk}/enter"
    assert entry in console.get(page).text
    assert as_operator(live, operator("support")).get(entry).status == 404, "it is nobody else's"
    location = urlsplit(console.get(entry).headers["Location"])
    assert location.hostname == acme.host
    return location.path


def allow(acme: Tenancy, access: str) -> None:
    Tenant.objects.filter(pk=acme.record.id).update(support_access=access)


def actions(chain: str, target: str) -> list[tuple[str, str, str]]:
    found = AuditEntry.objects.filter(chain=chain, target=target).order_by("number")
    return [(entry.action, entry.actor_kind, entry.on_behalf_of) for entry in found if "support" in entry.action]


def is_outside(answer: Answer) -> bool:
    return answer.status in (302, 403)


def test_support_looks_and_changes_nothing(live: LiveServer, acme: Tenancy, enter: Enter) -> None:
    inside = enter()
    page = inside.get("/admin/")
    assert page.status == 200
    assert "Ticket 4711" in page.text
    assert "End now" in page.text
    assert inside.get("/admin/chat/room/").status == 200
    assert "Ticket 4711" in inside.get("/admin/chat/room/").text, "on every page"
    token = csrf_token(page.text)
    may = support_permits(SupportAccess.VIEW)
    refused = [asked for asked in everything_of(tenant_console, "/admin/") if asked.action and not asked.permits <= may]
    assert {asked: ask(inside, asked, token).status for asked in refused} == dict.fromkeys(refused, 403)


def test_who_may_change_gets_no_secrets_and_no_say_in_who_comes_in() -> None:
    assert support_permits(SupportAccess.VIEW) == views_among(PERMITS[Role.ADMIN])
    withheld = PERMITS[Role.ADMIN] - support_permits(SupportAccess.CHANGE)
    lasting = {Permit.KEYS_CHANGE, Permit.HOOKS_CHANGE}
    assert withheld == {Permit.TEAM_VIEW, Permit.TEAM_CHANGE, Permit.BILLING_VIEW} | lasting


def test_a_visit_is_in_both_audit_logs_and_its_end_ends_it(acme: Tenancy, otto: Account, enter: Enter) -> None:
    inside = enter()
    assert inside.post("/support/end", {}).code == "csrf_failed"
    assert inside.submit("/support/end", page="/admin/").status == 200
    assert is_outside(inside.get("/admin/"))
    grant = SupportGrant.objects.get(tenant_id=acme.record.id)
    expected = [
        ("support.granted", "operator", ""),
        ("support.entered", "support", "Ticket 4711"),
        ("support.ended", "support", "Ticket 4711"),
    ]
    assert actions(acme.schema_name, f"support:{grant.pk}") == expected
    assert actions("platform", f"tenant:{acme.slug}") == expected


def test_a_link_is_good_once_and_at_its_own_host(
    live: LiveServer, acme: Tenancy, globex: Tenancy, otto: Account
) -> None:
    path = link(live, acme, otto)
    assert Client(live, globex.host).get(path).status == 410
    assert Client(live, acme.host).get(f"{path}x").status == 410
    assert Client(live, acme.host).get(path).status == 302
    assert Client(live, acme.host).get(path).status == 410


async def test_support_is_no_user_of_the_chat(live: LiveServer, acme: Tenancy, enter: Enter) -> None:
    inside = await sync_to_async(enter)()
    assert (await sync_to_async(inside.get)("/api/v1/rooms")).code == "token_missing"
    assert (await sync_to_async(inside.get)("/")).status == 403
    origin = {"Origin": inside.origin, **inside.cookie_header}
    async with open_socket(live, acme.host, additional_headers=origin) as connection:
        assert '"token_invalid"' in str(await connection.recv())


def test_a_visit_ends_when_its_time_is_over(acme: Tenancy, enter: Enter) -> None:
    inside, forgotten = enter(), None
    SupportGrant.objects.filter(tenant_id=acme.record.id).update(expires_at=timezone.now())
    assert is_outside(inside.get("/admin/"))
    forgotten = enter()
    SupportGrant.objects.filter(tenant_id=acme.record.id).update(expires_at=timezone.now())
    end_expired_support()
    assert is_outside(forgotten.get("/admin/"))
    found = AuditEntry.objects.filter(chain=acme.schema_name, action="support.ended")
    assert [entry.actor_kind for entry in found] == ["system", "system"]


def test_the_tenant_forbids_support_at_any_moment(live: LiveServer, acme: Tenancy, otto: Account, enter: Enter) -> None:
    path, inside = link(live, acme, otto), enter()
    allow(acme, "none")
    assert is_outside(inside.get("/admin/"))
    assert Client(live, acme.host).get(path).status == 410
    console = as_operator(live, otto)
    page = f"/operators/tenants/tenant/{acme.record.id}/support"
    assert "lets no support in" in console.get(page).text
    refused = console.submit(page, page="/operators/", action="grant", reason="x", minutes="5", mode="view")
    assert refused.status == 422


def test_changing_takes_the_tenants_word_and_lasts_as_long(
    live: LiveServer, acme: Tenancy, otto: Account, enter: Enter
) -> None:
    console = as_operator(live, otto)
    page = f"/operators/tenants/tenant/{acme.record.id}/support"
    assert console.submit(page, action="grant", reason="x", minutes="5", mode="change").status == 422
    allow(acme, "change")
    inside = enter("change")
    assert "look and change" in inside.get("/admin/").text
    allow(acme, "view")
    assert "look and change" not in inside.get("/admin/").text


@pytest.mark.parametrize("fields", [{"reason": " "}, {"minutes": "31"}, {"minutes": "0"}, {"mode": "none"}])
def test_access_takes_a_reason_and_half_an_hour_at_most(
    live: LiveServer, acme: Tenancy, otto: Account, fields: dict[str, str]
) -> None:
    console = as_operator(live, otto)
    given = {"reason": "Ticket 4711", "minutes": "15", "mode": "view", **fields}
    page = f"/operators/tenants/tenant/{acme.record.id}/support"
    assert console.submit(page, action="grant", **given).status == 422
    assert not SupportGrant.objects.filter(tenant_id=acme.record.id).exists()


def test_an_operator_who_is_one_no_longer_is_outside(acme: Tenancy, otto: Account, enter: Enter) -> None:
    inside = enter()
    otto.operator_role = ""
    otto.save()
    assert is_outside(inside.get("/admin/"))
    assert SupportGrant.objects.get(tenant_id=acme.record.id).ended_at - timezone.now() < timedelta(seconds=1)
