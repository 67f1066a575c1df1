"""What every answer carries, on every route of both hosts, by construction: the URLs themselves say which there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.conf import settings

from tenants import lifecycle
from tenants.models import Role
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Answer, Client, csrf_token, once_refused, with_session
from tests.support.operators import as_operator, operator
from tests.support.routes import addresses_of
from tests.support.server import LiveServer

PUBLIC, TENANT = addresses_of(settings.ROOT_URLCONF), addresses_of(settings.TENANT_URLCONF)
AROUND = ["/health/live", "/health/ready", "/assets/now/hosted/app.js", "/assets/now/none", "/static/none", "/nothing"]
"""What middleware answers, and what nobody does."""
EVERYBODYS = ("/assets/", "/static/", "/embed.js", "/favicon.ico", "/api/docs")
"""What says the same to everybody, and may be kept."""

SIGNED = ("/hooks/", "/billing/webhook")
"""What is posted by servers, and carries a credential of its own."""

Check = Callable[[str, Answer], bool]
Everybody = dict[str, tuple[Client, list[str]]]


@pytest.fixture(scope="module")
def everybody(live: LiveServer, standing: Tenancy) -> Everybody:
    account = operator()
    account.set_password(PASSWORD)
    account.save()
    return {
        "stranger": (Client(live, standing.host), TENANT + AROUND),
        "owner": (with_session(live, standing, standing.account("olga", Role.OWNER)), TENANT + AROUND),
        "public stranger": (Client(live, "localhost"), PUBLIC + AROUND),
        "operator": (as_operator(live, account), PUBLIC + AROUND),
    }


@pytest.fixture(scope="module")
def answers(everybody: Everybody) -> dict[tuple[str, str], Answer]:
    """Of each address, to everybody who may ask there."""
    asked = list(_asked(everybody))
    assert len(PUBLIC) > 50
    assert len(TENANT) > 100
    return {(who, path): replace(client, cookies=dict(client.cookies)).get(path) for who, client, path in asked}


def _asked(everybody: Everybody) -> Iterator[tuple[str, Client, str]]:
    for who, (client, paths) in everybody.items():
        for path in paths:
            yield who, client, path


def policy_of(answer: Answer) -> dict[str, str]:
    directives = [each.strip().partition(" ") for each in answer.headers.get("Content-Security-Policy", "").split(";")]
    return {name: value for name, _, value in directives}


def is_strict(path: str, answer: Answer) -> bool:
    policy = policy_of(answer)
    if policy.get("default-src") != "'none'":
        return False
    scripts = policy.get("script-src", "'none'").replace("'unsafe-eval'", "" if _is_console(path) else "'unsafe-eval'")
    return "unsafe" not in scripts and "unsafe" not in policy.get("style-src", "") and _is_closed(policy)


def _is_console(path: str) -> bool:
    """Whose pages run Alpine."""
    return path.startswith(("/admin/", "/operators/"))


def _is_closed(policy: dict[str, str]) -> bool:
    return "sandbox" in policy or (
        policy.get("base-uri") == "'none'" and policy.get("form-action") in ("'self'", "'none'")
    )


def may_be_framed_by_none(path: str, answer: Answer) -> bool:
    """But for the pages that are made for frames."""
    ancestors = policy_of(answer).get("frame-ancestors")
    return ancestors == ("'self'" if path.startswith(("/embed/inbox", "/embed/rooms")) else "'none'")


def is_taken_for_what_it_says(path: str, answer: Answer) -> bool:
    kind = answer.headers.get("Content-Type", "")
    named = not answer.body or "charset=utf-8" in kind.replace('"', "") or not kind.startswith("text/")
    return answer.headers.get("X-Content-Type-Options") == "nosniff" and named and bool(kind or not answer.body)


def tells_no_other_site_where_one_was(path: str, answer: Answer) -> bool:
    return answer.headers.get("Referrer-Policy") in ("same-origin", "no-referrer", "strict-origin")


def is_kept_by_no_cache_for_others(path: str, answer: Answer) -> bool:
    return path.startswith(EVERYBODYS) or "public" not in answer.headers.get("Cache-Control", "")


def sets_cookies_for_this_host_alone(path: str, answer: Answer) -> bool:
    lines = answer.headers.get_all("Set-Cookie", [])
    return all("HttpOnly" in line and "SameSite=Lax" in line and "Domain=" not in line for line in lines)


def is_no_failure(path: str, answer: Answer) -> bool:
    return answer.status < 500


CHECKS: list[Check] = [
    is_strict,
    may_be_framed_by_none,
    is_taken_for_what_it_says,
    tells_no_other_site_where_one_was,
    is_kept_by_no_cache_for_others,
    sets_cookies_for_this_host_alone,
    is_no_failure,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_answer(answers: dict[tuple[str, str], Answer], check: Check) -> None:
    wrong = {asked: dict(answer.headers) for asked, answer in answers.items() if not check(asked[1], answer)}
    assert wrong == {}


def test_no_route_takes_a_post_by_cookie_without_its_csrf_token(everybody: Everybody) -> None:
    """But for the APIs, which look at their own credential first."""
    for who in ("owner", "operator"):
        client, paths = everybody[who]
        outcomes = {path: client.post(path).status for path in set(paths) - set(AROUND) if "/api/v1" not in path}
        refused_without = {path: status for path, status in outcomes.items() if not path.startswith(SIGNED)}
        assert set(refused_without.values()) == {403}, (who, refused_without)


def test_refusals_at_the_door_are_as_strict(live: LiveServer, acme: Tenancy) -> None:
    lifecycle.suspend(acme.slug, "unpaid")
    suspended = once_refused(lambda: Client(live, acme.host).get("/health-of-nobody"))
    for answer in (suspended, Client(live, "nobody.localhost").get("/"), Client(live, acme.host).post("/sign-in")):
        assert is_strict("/", answer)
        assert may_be_framed_by_none("/", answer)
        assert is_taken_for_what_it_says("/", answer)


def test_over_https_cookies_are_locked_to_their_host_and_browsers_come_by_https_from_then_on(
    serve: Callable[..., LiveServer], acme: Tenancy
) -> None:
    """A neighbour's page cannot set a cookie with this prefix (RFC 6265bis section 4.1.3.2)."""
    server = serve(SECURE="true", TRUSTED_PROXIES="127.0.0.1")
    account = acme.account("ann")
    client = Client(server, acme.host, {"X-Forwarded-Proto": "https"})
    page = client.get("/sign-in")
    form = {"csrfmiddlewaretoken": csrf_token(page.text), "email": account.email, "password": PASSWORD}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": client.origin.replace("http", "https")}
    signed_in = client.ask("POST", "/sign-in", body=urlencode(form).encode(), **headers)
    lines = [line for answer in (page, signed_in) for line in answer.headers.get_all("Set-Cookie", [])]
    assert {line.partition("=")[0] for line in lines} == {"__Host-csrftoken", "__Host-sessionid"}
    assert all("Secure" in line and "Path=/" in line and "Domain=" not in line for line in lines)
    assert signed_in.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert client.get("/").status == 200


def test_trace_gives_nothing_back(everybody: Everybody) -> None:
    for client, paths in everybody.values():
        for path in ("/", "/sign-in", paths[-1]):
            assert b"s3cret" not in client.ask("TRACE", path, Authorization="Bearer s3cret").body


OUTWARD = [
    "../settings.py",
    "%2e%2e/settings.py",
    "..%2fsettings.py",
    "..%5csettings.py",
    "%252e%252e/x",
    "%00",
    "//etc/passwd",
]


@pytest.mark.parametrize("folder", ["/static/", "/static/consoles/", "/assets/now/", "/assets/now/hosted/", "/files/"])
def test_no_path_leads_out_of_what_is_served(live: LiveServer, standing: Tenancy, folder: str) -> None:
    for path in OUTWARD:
        answer = Client(live, standing.host).get(folder + "../" * 3 + path)
        assert answer.status in (403, 404), path
        assert Client(live, standing.host).get(folder + path).status in (403, 404), path
