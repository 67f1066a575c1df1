"""Second factors over real HTTP: asked for, set up, required, removed."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator

from tenants.audit import AuditEntry
from tenants.models import Account, OperatorRole, Tenant
from tests.platform.accounts.codes import code, give_app, kinds_of
from tests.platform.accounts.mails import Mails
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Answer, Client, once_refused
from tests.support.server import LiveServer
from tests.support.sessions import session_of


def come_in(client: Client, account: Account) -> Answer:
    return client.submit("/sign-in?next=/account", email=account.email, password=PASSWORD)


def actions_of(tenant: Tenancy | None) -> list[str]:
    chain = tenant.schema_name if tenant else AuditEntry.PLATFORM
    return list(AuditEntry.objects.filter(chain=chain).order_by("number").values_list("action", flat=True))


def test_the_password_alone_does_not_open_an_account_with_an_app(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    give_app(account)
    client = Client(live, acme.host)
    assert come_in(client, account).headers["Location"] == "/sign-in/code"
    assert client.get("/api/v1/rooms").code == "token_missing"
    assert client.get("/account").headers["Location"].startswith("/sign-in?")
    wrong = client.submit("/sign-in/code", code="000000")
    assert (wrong.status, "not right" in wrong.text) == (401, True)
    right = client.submit("/sign-in/code", code=code())
    assert (right.status, right.headers["Location"]) == (302, "/account")
    assert client.get("/api/v1/rooms").status == 200


def test_a_code_works_once_even_while_it_is_good(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    [recovery, *_] = give_app(account)
    shown = code(steps=1)
    for entered, status in ((shown, 302), (shown, 401), (recovery, 302), (recovery, 401)):
        client = Client(live, acme.host)
        come_in(client, account)
        assert client.submit("/sign-in/code", code=entered).status == status, entered


def test_codes_cannot_be_guessed_for_long(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    give_app(account)
    client = Client(live, acme.host)
    come_in(client, account)
    for guess in range(5):
        assert "not right" in client.submit("/sign-in/code", code=f"00000{guess}").text
    assert "Too many attempts" in client.submit("/sign-in/code", code=code()).text


def test_another_accounts_second_factor_does_not_count(live: LiveServer, acme: Tenancy) -> None:
    ann, bob = acme.account("ann"), acme.account("bob")
    give_app(bob)
    client = Client(live, acme.host, cookies={"sessionid": session_of(ann, acme, second_factor=True)})
    assert come_in(client, bob).headers["Location"] == "/sign-in/code"


def test_an_app_is_set_up_and_removed_by_whoever_confirmed_it_lately(
    desk: LiveServer, mails: Mails, acme: Tenancy
) -> None:
    account = acme.account("ann")
    client = Client(desk, acme.host, cookies={"sessionid": session_of(account, acme, confirmed_at=time.time() - 3_600)})
    asked = client.get("/account/app")
    assert asked.headers["Location"] == "/account/confirm?next=%2Faccount%2Fapp"
    assert client.submit(asked.headers["Location"], password="wrong").status == 422
    assert client.submit(asked.headers["Location"], password=PASSWORD).headers["Location"] == "/account/app"

    secret = re.search(r'class="key">([A-Z2-7]+)<', client.get("/account/app").text)[1]  # type: ignore[index]
    secret = re.search(r'class="key">([A-Z2-7]+)<', client.get("/account/app").text)[1]  # type: ignore[index]
    done = post_without_looking(client, "/account/app", code=code(secret))
    assert done.headers["Location"] == "/account/recovery-codes"
    codes = re.findall(r"<li><code>(\d{8})</code>", client.get("/account/recovery-codes").text)
    assert client.get("/account/recovery-codes/download").text.split() == codes
    assert len(set(codes)) == 10
    stored = Authenticator.objects.filter(user=account).values_list("data", flat=True)
    assert not any(word in str(data) for data in stored for word in (secret, *codes)), "sealed"

    assert client.submit("/account/app/remove").status == 302
    assert kinds_of(account) == set(), "the codes go with the last factor"
    assert [mail["Subject"] for mail in mails.to(account.email)] == [
        "Authenticator app set up",
        "Authenticator app removed",
    ]
    expected = ["second_factor.added", "second_factor.added", "second_factor.removed", "second_factor.removed"]
    assert [action for action in actions_of(acme) if action.startswith("second_factor")] == expected


def post_without_looking(client: Client, path: str, **fields: str) -> Answer:
    """A form as it was seen last: looking again would draw another secret."""
    return client.submit(path, page="/account", **fields)


def test_a_tenant_that_asks_for_it_opens_to_nobody_without(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann", role="owner")
    client = Client(live, acme.host, cookies={"sessionid": session_of(account, acme)})
    assert client.get("/admin/").status == 200
    Tenant.objects.filter(pk=acme.record.id).update(requires_mfa=True)
    assert once_refused(lambda: client.get("/api/v1/rooms")).code == "token_missing"
    for path, after in (
        ("/", "%2F"),
        ("/rooms/general", "%2Frooms%2Fgeneral"),
        ("/admin/login/?next=/admin/", "%2Fadmin%2F"),
    ):
        assert client.get(path).headers["Location"] == f"/account/second-factor?next={after}"
    page = client.get("/account/second-factor?next=/rooms/general")
    assert "asks for more than a password" in page.text
    secret = re.search(r'class="key">([A-Z2-7]+)<', client.get("/account/app").text)[1]  # type: ignore[index]
    assert post_without_looking(client, "/account/app", code=code(secret)).status == 302
    assert 'href="/rooms/general"' in client.get("/account/recovery-codes").text, "and on to where one was going"
    assert client.get("/rooms/general").status == 200
    assert client.get("/admin/").status == 200


def test_the_last_factor_stays_where_one_is_asked_for(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    give_app(account)
    Tenant.objects.filter(pk=acme.record.id).update(requires_mfa=True)
    client = Client(live, acme.host, cookies={"sessionid": session_of(account, acme, second_factor=True)})
    assert "add another first" in client.get("/account/app/remove").text
    assert client.submit("/account/app/remove", page="/account").status == 422
    assert kinds_of(account) == {"totp", "recovery_codes"}


def test_who_has_a_factor_is_asked_for_it_by_a_tenant_that_wants_it(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    give_app(account)
    Tenant.objects.filter(pk=acme.record.id).update(requires_mfa=True)
    client = Client(live, acme.host, cookies={"sessionid": session_of(account, acme)})
    place = client.get("/account/second-factor?next=/rooms/general").headers["Location"]
    assert place == "/account/confirm/code?next=%2Frooms%2Fgeneral"
    assert client.submit(place, code=code()).headers["Location"] == "/rooms/general"
    assert client.get("/rooms/general").status == 200


@pytest.mark.parametrize(
    "path", ["address", "password", "app", "app/remove", "passkeys/add", "recovery-codes", "recovery-codes/renew"]
)
def test_a_session_from_before_the_factor_shows_it_before_it_changes_how_one_signs_in(
    live: LiveServer, acme: Tenancy, path: str
) -> None:
    account = acme.account("ann")
    client = Client(live, acme.host, cookies={"sessionid": session_of(account, acme)})
    give_app(account)
    for answer in (client.get(f"/account/{path}"), client.submit(f"/account/{path}", page="/account")):
        assert answer.headers["Location"].startswith("/account/second-factor?next="), path
    assert kinds_of(account) == {"totp", "recovery_codes"}


def test_a_factor_that_is_gone_counts_no_more(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    give_app(account)
    client = Client(live, acme.host, cookies={"sessionid": session_of(account, acme, second_factor=True)})
    assert client.submit("/account/app/remove").status == 302
    Tenant.objects.filter(pk=acme.record.id).update(requires_mfa=True)
    assert once_refused(lambda: client.get("/api/v1/rooms")).code == "token_missing"


def test_half_a_sign_in_with_another_account_confirms_nothing(live: LiveServer, acme: Tenancy) -> None:
    ann, bob = acme.account("ann"), acme.account("bob")
    give_app(bob)
    client = Client(live, acme.host, cookies={"sessionid": session_of(ann, acme, confirmed_at=0)})
    assert come_in(client, bob).headers["Location"] == "/sign-in/code"
    assert client.get("/account/address").headers["Location"].startswith("/account/confirm?")


def test_operators_need_a_second_factor(desk: LiveServer) -> None:
    email = f"op-{time.time_ns()}@parley.test"
    account = Account.objects.create_user(email, PASSWORD, name="Otto", operator_role=OperatorRole.OWNER)
    client = Client(desk, "localhost")
    assert client.submit("/sign-in", email=email, password=PASSWORD).headers["Location"] == "/operators/"
    gate = client.get("/operators/").headers["Location"]
    assert client.get(gate).headers["Location"] == "/account/second-factor?next=%2Foperators%2F"
    secret = re.search(r'class="key">([A-Z2-7]+)<', client.get("/account/app").text)[1]  # type: ignore[index]
    assert post_without_looking(client, "/account/app", code=code(secret)).status == 302
    assert client.get("/operators/").status == 200
    again = Client(desk, "localhost")
    signed = again.submit("/sign-in?next=/operators/", email=email, password=PASSWORD)
    assert signed.headers["Location"] == "/sign-in/code"
    assert kinds_of(account) == {"totp", "recovery_codes"}


@pytest.mark.parametrize("credential", ["", "x", "[]", "{}", "null", '{"response": 1}', '{"id": "\\u0000", "rawId": 3}',
    '{"response": {"userHandle": "AAAA"}, "id": "AA", "rawId": "AA", "type": "public-key"}'])  # fmt: skip
def test_what_is_no_passkey_opens_nothing(live: LiveServer, acme: Tenancy, credential: str) -> None:
    client = Client(live, acme.host)
    client.get("/sign-in/passkey", Accept="application/json")
    answer = client.submit("/sign-in/passkey", page="/sign-in", credential=credential)
    assert (answer.status, urlsplit(answer.headers["Location"]).path) == (302, "/sign-in")
    account = acme.account("ann")
    inside = Client(live, acme.host, cookies={"sessionid": session_of(account, acme)})
    inside.get("/account/passkeys/add")
    assert inside.submit("/account/passkeys/add", credential=credential).status == 422
    assert kinds_of(account) == set()
