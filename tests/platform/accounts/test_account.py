"""What people change of their own accounts: name, address, password, sessions."""

from __future__ import annotations

import time

import pytest
from allauth.usersessions.models import UserSession
from django.utils import timezone

from tenants.audit import AuditEntry
from tenants.models import Account, Domain
from tests.platform.accounts.mails import Mails, part
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Client, once_allowed, with_session
from tests.support.server import LiveServer
from tests.support.sessions import session_of

NEW_PASSWORD = "correct horse battery"


def signed_in(server: LiveServer, tenant: Tenancy, account: Account, **headers: str) -> Client:
    client = Client(server, tenant.host, headers=headers)
    assert client.submit("/sign-in", email=account.email, password=PASSWORD).status == 302
    return client


def entries(tenant: Tenancy, action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(chain=tenant.schema_name, action=action))


# A forgotten password


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    desk: LiveServer, mails: Mails, acme: Tenancy
) -> None:
    account = acme.account("ann")
    before = signed_in(desk, acme, account)
    client = Client(desk, acme.host)
    assert client.submit("/account/forgotten", email=account.email).headers["Location"] == "/account/forgotten/sent"
    path = mails.link_to(account.email)
    assert "Acme" in mails.to(account.email)[-1]["From"]
    shown = client.get(path).headers["Location"]
    assert path.rsplit("-", 1)[1] not in shown, "the page that it leads to has no secret in its address"
    assert client.submit(shown, password1="short").status == 422
    assert client.submit(shown, password1=NEW_PASSWORD).headers["Location"] == "/account/reset/done"
    assert before.get("/api/v1/rooms").code == "token_missing", "whoever was signed in with the old one is out"
    assert "used up" in Client(desk, acme.host).get(path).text
    assert Client(desk, acme.host).submit("/sign-in", email=account.email, password=NEW_PASSWORD).status == 302
    assert mails.to(account.email)[-1]["Subject"] == "Your password was changed"
    [entry] = entries(acme, "password.changed")
    assert (entry.actor_id, entry.address) == (account.pk, "127.0.0.1")


def test_asking_for_a_new_password_reveals_nothing(
    desk: LiveServer, mails: Mails, acme: Tenancy, globex: Tenancy
) -> None:
    member, stranger = acme.account("ann").email, globex.account("mallory").email
    answers = set()
    for email in (member, stranger, f"nobody-{time.time_ns()}@example.test"):
        client = Client(desk, acme.host)
        answer = client.submit("/account/forgotten", email=email)
        answers.add((answer.status, answer.headers["Location"], client.get(answer.headers["Location"]).text))
        assert len(mails.to(email)) == 1
    assert len(answers) == 1
    assert mails.to(stranger)[0]["Subject"] == "No account with this address"
    assert "http" not in part(mails.to(stranger)[0], "plain")


def test_attempts_are_counted_and_end_in_a_pause(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    statuses = [
        Client(live, acme.host).submit("/sign-in", email=account.email, password=f"wrong {n}").status for n in range(6)
    ]
    assert statuses == [401] * 5 + [429]
    right = Client(live, acme.host).submit("/sign-in", email=account.email, password=PASSWORD)
    assert (right.status, "Too many attempts" in right.text) == (429, True), "or the right one would be found out"
    other = acme.account("bob")
    assert Client(live, acme.host).submit("/sign-in", email=other.email, password=PASSWORD).status == 302


def test_mailed_links_lead_to_the_tenants_own_host_whatever_host_was_asked(
    desk: LiveServer, mails: Mails, acme: Tenancy
) -> None:
    """A domain may lead elsewhere by the time that the mail is read."""
    account, domain = acme.account("ann"), f"{acme.slug}.example.test"
    Domain.objects.create(tenant=acme.made.tenant, domain=domain, verified_at=timezone.now())
    inside = Client(desk, domain, cookies={"sessionid": session_of(account, acme)})
    assert once_allowed(lambda: inside.get("/account")).status == 200
    assert inside.submit("/account/address", email=f"new@{domain}").status == 200
    assert Client(desk, domain).submit("/account/forgotten", email=account.email).status == 302
    for email in (f"new@{domain}", account.email):
        told = part(mails.to(email)[-1], "plain")
        assert f"http://{acme.host}" in told
        assert f"http://{domain}" not in told


def test_a_change_of_address_does_not_outlive_the_password(desk: LiveServer, mails: Mails, acme: Tenancy) -> None:
    account, new = acme.account("ann"), f"mallory-{time.time_ns()}@example.test"
    assert with_session(desk, acme, account).submit("/account/address", email=new).status == 200
    account.set_password(NEW_PASSWORD)
    account.save()
    assert Client(desk, acme.host).submit(mails.link_to(new), page="/sign-in").status == 410
    assert Account.objects.get(pk=account.pk).email == account.email


# Name, address, password


def test_a_name_is_changed(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    client = with_session(live, acme, account)
    assert client.submit("/account", name="").status == 422
    assert client.submit("/account", name="Anna <b>").status == 302
    assert "Anna &lt;b&gt;" in client.get("/account").text
    [entry] = entries(acme, "account.renamed")
    assert (entry.before, entry.after) == ({"name": "Ann"}, {"name": "Anna <b>"})


def test_an_address_is_changed_once_its_mailbox_says_so(desk: LiveServer, mails: Mails, acme: Tenancy) -> None:
    account, new = acme.account("ann"), f"anna-{time.time_ns()}@example.test"
    client = with_session(desk, acme, account)
    assert client.submit("/account/address", email=new.upper()).status == 200
    path = mails.link_to(new)
    elsewhere = Client(desk, acme.host)
    assert elsewhere.get(path).status == 200
    assert Account.objects.get(pk=account.pk).email == account.email, "looking changes nothing"
    assert elsewhere.submit(path).status == 302
    assert Account.objects.get(pk=account.pk).email == new
    assert client.get("/api/v1/rooms").status == 200, "and one stays signed in"
    assert elsewhere.get(path).status == 410
    told = mails.to(account.email)[-1]
    assert (told["Subject"], new in part(told, "plain")) == ("Your address was changed", True)
    [entry] = entries(acme, "account.address_changed")
    assert (entry.before, entry.after) == ({"email": account.email}, {"email": new})


def test_somebody_elses_address_is_not_taken_and_not_told(desk: LiveServer, mails: Mails, acme: Tenancy) -> None:
    account, other = acme.account("ann"), acme.account("bob")
    free = f"free-{time.time_ns()}@example.test"
    client = with_session(desk, acme, account)
    pages = {client.submit("/account/address", email=each).text.replace(each, "EMAIL") for each in (other.email, free)}
    assert len(pages) == 1
    assert "http" not in part(mails.to(other.email)[-1], "plain")
    path = mails.link_to(free)
    Account.objects.create_user(free, PASSWORD, name="Quick")
    assert Client(desk, acme.host).submit(path).status == 410, "somebody was quicker"


def test_a_changed_password_leaves_one_session(desk: LiveServer, mails: Mails, acme: Tenancy) -> None:
    account = acme.account("ann")
    here, there = signed_in(desk, acme, account), signed_in(desk, acme, account)
    assert here.submit("/account/password", oldpassword="wrong", password1=NEW_PASSWORD).status == 422
    assert here.submit("/account/password", oldpassword=PASSWORD, password1="password12").status == 422
    assert here.submit("/account/password", oldpassword=PASSWORD, password1=NEW_PASSWORD).status == 302
    assert here.get("/api/v1/rooms").status == 200
    assert there.get("/api/v1/rooms").code == "token_missing"
    told = part(mails.to(account.email)[-1], "plain")
    assert "127.0.0.1" in told
    assert NEW_PASSWORD not in told
    assert len(entries(acme, "password.changed")) == 1


@pytest.mark.parametrize("path", ["/account/address", "/account/app", "/account/passkeys/add"])
def test_what_is_dangerous_is_confirmed_first(live: LiveServer, acme: Tenancy, path: str) -> None:
    account = acme.account("ann")
    client = Client(live, acme.host, cookies={"sessionid": session_of(account, acme, confirmed_at=0)})
    asked = client.get(path).headers["Location"]
    assert asked.startswith("/account/confirm?next=")
    assert client.submit(asked, password=PASSWORD).headers["Location"] == path
    assert client.get(path).status == 200


# Sessions


def test_sessions_are_listed_and_ended(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    account = acme.account("ann")
    account.memberships.create(tenant=globex.made.tenant, role="agent")
    here = signed_in(live, acme, account, **{"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/130.0"})
    phone = signed_in(live, acme, account, **{"User-Agent": "Mozilla/5.0 (iPhone) Version/18 Safari/605"})
    other = signed_in(live, globex, account)
    page = here.get("/account").text
    for words in ("Firefox on Linux", "Safari on iPhone", acme.host, globex.host, "This one"):
        assert words in page
    session = UserSession.objects.get(session_key=phone.cookies["sessionid"])
    assert here.submit(f"/account/sessions/{session.pk}/end", page="/account").status == 302
    assert phone.get("/api/v1/rooms").code == "token_missing"
    [entry] = entries(acme, "session.revoked")
    assert entry.before == {"browser": "Safari on iPhone", "address": "127.0.0.1"}
    assert here.submit("/account/sessions/end-others", page="/account").status == 302
    assert other.get("/api/v1/rooms").code == "token_missing"
    assert here.get("/api/v1/rooms").status == 200


def test_nobody_ends_anothers_session(live: LiveServer, acme: Tenancy) -> None:
    ann, bob = signed_in(live, acme, acme.account("ann")), signed_in(live, acme, acme.account("bob"))
    session = UserSession.objects.get(session_key=bob.cookies["sessionid"])
    assert ann.submit(f"/account/sessions/{session.pk}/end", page="/account").status == 404
    assert bob.get("/api/v1/rooms").status == 200


def test_account_pages_are_nobody_elses(live: LiveServer, acme: Tenancy) -> None:
    stranger = Client(live, acme.host)
    for path in (
        "/account",
        "/account/address",
        "/account/password",
        "/account/recovery-codes",
        "/account/second-factor",
    ):
        assert stranger.get(path).headers["Location"].startswith(("/sign-in", "/account/confirm")), path
    client = with_session(live, acme, acme.account("ann"))
    assert "no-store" in client.get("/account").headers["Cache-Control"]
