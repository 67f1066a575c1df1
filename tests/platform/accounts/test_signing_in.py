"""Signing in and out on a tenant's host, over real HTTP."""

from __future__ import annotations

import json
import re
import secrets
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from tenants.models import Account, Membership
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Answer, Client, csrf_token, signed_in
from tests.support.server import LiveServer


def sign_in(live: LiveServer, tenant: Tenancy, email: str, password: str = PASSWORD, path: str = "/sign-in") -> Answer:
    return Client(live, tenant.host).submit(path, email=email, password=password)


def test_a_member_signs_in_and_out(live: LiveServer, acme: Tenancy) -> None:
    client = signed_in(live, acme, acme.account("ann").email)
    assert client.get("/api/v1/rooms").status == 200
    stale = Client(live, acme.host, cookies=dict(client.cookies))
    token = csrf_token(client.get("/").text)
    body = urlencode({"csrfmiddlewaretoken": token}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": client.origin}
    answer = client.ask("POST", "/sign-out", body=body, **form)
    assert (answer.status, answer.headers["Location"]) == (302, "/sign-in")
    assert client.get("/api/v1/rooms").code == "token_missing"
    assert stale.get("/api/v1/rooms").code == "token_missing", "the session itself is over, not only its cookie"


def test_the_address_is_known_in_any_case(live: LiveServer, acme: Tenancy) -> None:
    assert sign_in(live, acme, acme.account("ann").email.upper()).status == 302


def test_signing_out_takes_a_post(live: LiveServer, acme: Tenancy) -> None:
    client = signed_in(live, acme, acme.account("ann").email)
    assert client.get("/sign-out").status == 405
    assert client.get("/api/v1/rooms").status == 200


def test_the_cookie_is_for_this_host_and_out_of_scripts_reach(live: LiveServer, acme: Tenancy) -> None:
    answer = sign_in(live, acme, acme.account("ann").email)
    [line] = [line for line in answer.headers.get_all("Set-Cookie") if line.startswith("sessionid=")]
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert "httponly" in attributes
    assert "samesite=lax" in attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)


def test_a_session_gets_a_new_name_when_it_is_signed_in(live: LiveServer, acme: Tenancy) -> None:
    planted = Client(live, acme.host, cookies={"sessionid": secrets.token_hex(16)})
    before = planted.cookies["sessionid"]
    assert planted.submit("/sign-in", email=acme.account("ann").email, password=PASSWORD).status == 302
    assert planted.cookies["sessionid"] != before


def test_wrong_password_unknown_address_and_stranger_look_alike(
    live: LiveServer, acme: Tenancy, globex: Tenancy
) -> None:
    member, stranger = acme.account("ann"), globex.account("mallory")
    closed = acme.account("closed")
    Account.objects.filter(pk=closed.pk).update(is_active=False)
    attempts = [
        (member.email, "a wrong password"),
        ("nobody@example.test", PASSWORD),
        (stranger.email, PASSWORD),
        (closed.email, PASSWORD),
    ]
    pages = set()
    for email, password in attempts:
        answer = sign_in(live, acme, email, password)
        assert answer.status == 401
        assert "sessionid" not in str(answer.headers.get_all("Set-Cookie"))
        page = answer.text.replace(email, "EMAIL")
        pages.add(re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", page))
    assert len(pages) == 1


@pytest.mark.parametrize("email", ["", "no address", "a\x00@example.test", "a" * 300 + "@example.test", "é@é"])
def test_what_is_no_address_is_refused_politely(live: LiveServer, acme: Tenancy, email: str) -> None:
    assert sign_in(live, acme, email).status == 401


def test_who_has_lost_the_place_here_is_nobody_at_once(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    client = signed_in(live, acme, account.email)
    Membership.objects.filter(account=account).delete()
    assert client.get("/api/v1/rooms").code == "token_missing"


def test_a_changed_password_ends_the_sessions_made_with_the_old_one(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    client = signed_in(live, acme, account.email)
    account.set_password("another long password")
    account.save()
    assert client.get("/api/v1/rooms").code == "token_missing"


# Where it leads


@pytest.mark.parametrize("after", ["/rooms/general", "/rooms/general?x=1#end"])
def test_signing_in_leads_where_one_was_going(live: LiveServer, acme: Tenancy, after: str) -> None:
    path = f"/sign-in?{urlencode({'next': after})}"
    assert sign_in(live, acme, acme.account("ann").email, path=path).headers["Location"] == after


@pytest.mark.parametrize(
    "after",
    [
        "https://evil.test/",
        "//evil.test/",
        "///evil.test/",
        "/\\evil.test/",
        "\\\\evil.test/",
        "http:evil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.test",
        "/\t/evil.test",
        "http://{host}@evil.test/",
        "http://{host}.evil.test/",
        "http://globex.localhost/",
        "",
    ],
)
def test_signing_in_never_leads_away(live: LiveServer, acme: Tenancy, after: str) -> None:
    after = after.format(host=acme.host)
    client = Client(live, acme.host)
    email = acme.account("ann").email
    by_query = client.submit(f"/sign-in?{urlencode({'next': after})}", email=email, password=PASSWORD)
    by_field = Client(live, acme.host).submit("/sign-in", email=email, password=PASSWORD, next=after)
    assert [by_query.headers["Location"], by_field.headers["Location"]] == ["/", "/"]


# CSRF


def post(client: Client, path: str, token: str | None, **headers: str) -> Answer:
    fields = {"email": "nobody@example.test", "password": PASSWORD}
    if token is not None:
        fields["csrfmiddlewaretoken"] = token
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return client.ask("POST", path, body=urlencode(fields).encode(), **form)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/invitation/acc_x/token"])
def test_a_form_without_its_csrf_token_is_refused(live: LiveServer, acme: Tenancy, path: str) -> None:
    client = Client(live, acme.host)
    client.get("/sign-in")
    for token in (None, "", "x" * 32, "x" * 64):
        answer = post(client, path, token, Origin=client.origin)
        assert (answer.status, answer.code) == (403, "csrf_failed")


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://globex.localhost", "http://{host}.evil.test"])
def test_a_form_from_a_foreign_page_is_refused(live: LiveServer, acme: Tenancy, origin: str) -> None:
    client = Client(live, acme.host)
    token = csrf_token(client.get("/sign-in").text)
    assert post(client, "/sign-in", token, Origin=client.origin).status == 401
    assert post(client, "/sign-in", token, Origin=origin.format(host=acme.host)).code == "csrf_failed"


def test_who_signs_in_and_who_fails_to_is_in_the_log_with_from_where_and_no_secret(
    live: LiveServer, acme: Tenancy
) -> None:
    account = acme.account("ann")
    live.news()
    sign_in(live, acme, account.email, "wrong s3cret")
    sign_in(live, acme, account.email)
    news = live.news()
    logged = [json.loads(line) for line in news.splitlines() if '"accounts.' in line]
    assert [(line["event"], line["tenant"], line["address"]) for line in logged] == [
        ("accounts.password_refused", acme.slug, "127.0.0.1"),
        ("accounts.authenticated", acme.slug, "127.0.0.1"),
    ]
    assert (logged[1]["account"], logged[1]["method"]) == (account.pk, "password")
    assert all(line["timestamp"].endswith("Z") for line in logged)
    assert "s3cret" not in news
    assert PASSWORD not in news


def test_a_session_that_is_not_used_ends_after_two_weeks(live: LiveServer, acme: Tenancy) -> None:
    client = signed_in(live, acme, acme.account("ann").email)
    [session] = Session.objects.filter(session_key=client.cookies["sessionid"])
    assert timedelta(days=13) < session.expire_date - timezone.now() <= timedelta(days=14)
    Session.objects.filter(pk=session.pk).update(expire_date=timezone.now())
    assert client.get("/api/v1/rooms").code == "token_missing"
