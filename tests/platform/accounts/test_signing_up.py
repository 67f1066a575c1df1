"""Making an organisation of one's own, from an address to the first room."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

import pytest

from billing.plans import PLANS
from chat.models import Room
from tenants.audit import AuditEntry
from tenants.models import Account, Membership, Tenant
from tenants.scope import tenant_scope
from tests.platform.accounts.mails import Mails
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Client
from tests.support.server import LiveServer
from tests.support.sessions import session_of


@pytest.fixture
def address() -> str:
    return f"zoe-{secrets.token_hex(4)}@example.test"


def link(desk: LiveServer, mails: Mails, address: str) -> str:
    """The link that is mailed to whoever asks with ``address``."""
    assert Client(desk, "localhost").submit("/sign-up", email=address).status == 200
    return mails.link_to(address)


def filled(**other: str) -> dict[str, str]:
    slug = f"zoe-{secrets.token_hex(4)}"
    return {"name": "Zoe", "password": PASSWORD, "organisation": "Zoe's", "slug": slug, "room": "Front desk", **other}


def test_an_address_becomes_an_account_an_organisation_and_a_room(desk: LiveServer, mails: Mails, address: str) -> None:
    path, client, fields = link(desk, mails, address.upper().lower()), Client(desk, "localhost"), filled()
    assert not Account.objects.filter(email=address).exists(), "until it is confirmed, nothing is stored"
    assert client.get(path).status == 200
    answer = client.submit(path, **fields)
    assert (answer.status, answer.headers["Location"]) == (302, "/account/organisations")
    tenant = Tenant.objects.get(slug=fields["slug"])
    assert {name: getattr(tenant, name) for name in PLANS["free"].columns} == PLANS["free"].columns
    [membership] = Membership.objects.filter(tenant=tenant).select_related("account")
    assert (membership.account.email, membership.account.name, membership.role) == (address, "Zoe", "owner")
    with tenant_scope(tenant):
        assert Room.objects.get().name == "Front desk"
    assert f"/account/organisations/{tenant.slug}" in client.get("/account/organisations").text
    opened = AuditEntry.objects.filter(target__in=[f"tenant:{tenant.slug}", f"account:{membership.account_id}"])
    said = [(entry.action, entry.actor_kind, entry.actor_name) for entry in opened.order_by("number")]
    assert said == [("account.opened", "account", address), ("tenant.created", "account", address)]
    assert client.get(path).status == 410, "the link is used up"


def test_a_plan_that_was_picked_is_picked_still_when_the_organisation_is_there(desk: LiveServer, mails: Mails) -> None:
    someone, slug = Client(desk, "localhost"), f"zoe-{secrets.token_hex(4)}"
    [sign_up] = re.findall(r'href="(/sign-up\?plan=scale[^"]+)"', someone.get("/pricing?interval=year").text)
    picked = "?plan=scale&interval=year&currency=usd"
    address = f"{slug}@example.test"
    someone.submit(sign_up.replace("&amp;", "&"), email=address)
    path = mails.link_to(address)
    assert path.endswith(picked)
    made = {"name": "Zoe", "password": PASSWORD, "organisation": "Zoe", "slug": slug, "room": "General"}
    ready = someone.submit(path, **made).headers["Location"]
    assert ready == f"/account/organisations/{slug}/ready{picked}"
    [onwards] = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', someone.get(ready).text)
    passage = urlsplit(someone.get(onwards.replace("&amp;", "&")).headers["Location"])
    arrived = Client(desk, f"{slug}.localhost").get(passage.path)
    assert arrived.headers["Location"] == f"/admin/billing/plan{picked}"
    assert someone.get(sign_up.replace("&amp;", "&")).headers["Location"] == f"/account/organisations/new{picked}"
    known = Client(desk, "localhost")
    known.submit("/sign-up?plan=scale&interval=year&junk=1", email=address)
    assert mails.link_to(address).endswith(
        "/account/organisations/new%3Fplan%3Dscale%26interval%3Dyear%26currency%3Dusd"
    )


def test_from_the_public_host_one_arrives_signed_in_once(desk: LiveServer, mails: Mails, address: str) -> None:
    client, fields = Client(desk, "localhost"), filled()
    client.submit(link(desk, mails, address), **fields)
    passage = client.get(f"/account/organisations/{fields['slug']}").headers["Location"]
    host, path = urlsplit(passage).hostname, urlsplit(passage).path
    assert host == f"{fields['slug']}.localhost"
    inside = Client(desk, host)
    assert inside.get(path).headers["Location"] == "/"
    assert inside.get("/").status == 200
    assert Client(desk, host).get(path).headers["Location"] == "/sign-in", "a passage is for once"


def test_to_come_along_a_passage_confirms_nothing(desk: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    client = Client(desk, "localhost", cookies={"sessionid": session_of(account, confirmed_at=0)})
    path = urlsplit(client.get(f"/account/organisations/{acme.slug}").headers["Location"]).path
    inside = Client(desk, acme.host)
    assert inside.get(path).headers["Location"] == "/"
    assert inside.get("/account/address").headers["Location"].startswith("/account/confirm?")


def test_a_passage_leads_to_its_organisation_only(desk: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    account = acme.account("ann")
    client = Client(desk, "localhost", cookies={"sessionid": session_of(account)})
    path = urlsplit(client.get(f"/account/organisations/{acme.slug}").headers["Location"]).path
    assert Client(desk, globex.host).get(path).headers["Location"] == "/sign-in"
    assert client.get(f"/account/organisations/{globex.slug}").status == 403
    assert acme.slug in client.get("/account/organisations").text
    assert globex.slug not in client.get("/account/organisations").text


def test_only_the_mailbox_learns_that_an_address_has_an_account(
    desk: LiveServer, mails: Mails, acme: Tenancy, address: str
) -> None:
    known = acme.account("ann").email
    shown = [Client(desk, "localhost").submit("/sign-up", email=each).text for each in (known, address)]
    pages = {page.replace(known, "EMAIL").replace(address, "EMAIL") for page in shown}
    assert len(pages) == 1
    assert mails.to(known)[-1]["Subject"] == "You have an account already"
    assert mails.link_to(known) == "/sign-in?next=/account/organisations/new"
    assert mails.to(address)[-1]["Subject"] == "Your organisation on Parley"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("slug", "admin", "kept for the platform"),
        ("slug", "a--b", "single hyphens"),
        ("slug", "TAKEN", "is taken"),
        ("password", "short", "too short"),
        ("password", "8264517390", "entirely numeric"),
        ("name", "", "required"),
        ("organisation", "O" * 121, "at most 120"),
        ("room", "", "required"),
        ("room", "R\x00", "Null characters"),
    ],
)
def test_what_cannot_be_is_said_and_makes_nothing(
    desk: LiveServer, mails: Mails, acme: Tenancy, address: str, field: str, value: str, words: str
) -> None:
    before = Tenant.objects.count()
    fields = filled(**{field: acme.slug if value == "TAKEN" else value})
    answer = Client(desk, "localhost").submit(link(desk, mails, address), **fields)
    assert (answer.status, words in answer.text) == (422, True), answer.text
    assert Tenant.objects.count() == before
    assert not Account.objects.filter(email=address).exists()


def test_a_slug_is_suggested_and_tried(desk: LiveServer, acme: Tenancy) -> None:
    client = Client(desk, "localhost")
    assert client.get("/sign-up/slug?name=Z%C3%BCri%20Chat%20%26%20Co").json == {"slug": "zuri-chat-co"}
    assert client.get("/sign-up/slug?slug=zuri-chat-co").json == {"problem": ""}
    assert "is taken" in client.get(f"/sign-up/slug?slug={acme.slug}").json["problem"]
    assert client.get("/sign-up/slug").json["problem"]
    assert client.get("/sign-up/slug?name=%00&slug=%00").status == 200


def test_who_is_signed_in_makes_one_more(desk: LiveServer, acme: Tenancy) -> None:
    account, fields = acme.account("ann"), filled()
    client = Client(desk, "localhost", cookies={"sessionid": session_of(account)})
    assert client.get("/sign-up").headers["Location"] == "/account/organisations/new"
    answer = client.submit("/account/organisations/new", **fields)
    assert (answer.status, answer.headers["Location"]) == (302, "/account/organisations")
    assert Membership.objects.get(tenant__slug=fields["slug"]).account == account
    assert Account.objects.get(pk=account.pk).check_password(PASSWORD), "its password is not touched"


def test_a_link_that_nobody_made_is_refused(desk: LiveServer) -> None:
    for token in ("x", "x:y:z", "%00", "a" * 3_000):
        assert Client(desk, "localhost").get(f"/sign-up/{token}").status == 410


def test_without_self_service_there_is_none(live: LiveServer, acme: Tenancy) -> None:
    client = Client(live, "localhost", cookies={"sessionid": session_of(acme.account("ann"))})
    assert Client(live, "localhost").get("/sign-up").status == 403
    assert client.get("/account/organisations/new").status == 403
    assert client.get("/sign-up/slug?slug=x").status == 404
    assert "New organisation" not in client.get("/account/organisations").text


def test_sign_up_is_of_the_public_host(desk: LiveServer, acme: Tenancy) -> None:
    for path in ("/sign-up", "/sign-up/slug", "/account/organisations"):
        assert Client(desk, acme.host).get(path).status == 404
