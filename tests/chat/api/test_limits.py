"""How fast callers may go over HTTP, and what they are told about it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import set_limits

ROOMS = "/api/v1/rooms"


def _told(answer: Answer) -> tuple[str, ...]:
    names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")
    return tuple(answer.headers[name] for name in names)


def _check_refused(answer: Answer, policy: str) -> None:
    assert (answer.status, answer.code, answer.json["retryable"]) == (429, "rate_limited", True)
    assert int(answer.headers["Retry-After"]) >= 1
    limit, remaining, reset, told = _told(answer)
    assert (remaining, int(reset) >= 1) == ("0", True)
    assert told.startswith(f"{limit};w=")
    assert told.endswith(f';name="{policy}"')


def test_every_answer_tells_how_the_caller_stands(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, calls_per_second=1, call_burst=3, key_calls_per_second=2, key_call_burst=10)
    ann, server = as_user(live, acme, "ann"), as_server(live, acme)
    assert _told(ann.get(ROOMS)) == ("3", "2", "1", '3;w=3;name="calls-per-user"')
    assert _told(ann.get(f"{ROOMS}/nowhere"))[:2] == ("3", "1")
    assert _told(server.post(ROOMS, {}))[:3] == ("10", "9", "1")
    assert _told(server.post(ROOMS, {"id": "a b"}))[3] == '10;w=5;name="calls-per-key"'


def test_who_goes_too_fast_is_refused_and_nobody_else(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    for tenant in (acme, globex):
        set_limits(tenant, calls_per_second=1, call_burst=2, key_calls_per_second=1, key_call_burst=2)
    ann, bob, server = as_user(live, acme, "ann"), as_user(live, acme, "bob"), as_server(live, acme)
    assert [ann.get(ROOMS).status for _ in range(2)] == [200, 200]
    _check_refused(ann.get(ROOMS), "calls-per-user")
    assert [other.get(ROOMS).status for other in (bob, server, as_user(live, globex, "ann"))] == [200] * 3
    server.get(ROOMS)
    _check_refused(server.get(ROOMS), "calls-per-key")
    assert as_server(live, globex).get(ROOMS).status == 200


def test_an_address_that_shows_no_good_credential_is_told_to_wait(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, calls_per_second=1, call_burst=2)
    guesser = Client(live, acme.host, {"Authorization": "Bearer sk_guess"})
    assert [guesser.get(ROOMS).status, Client(live, acme.host).get(ROOMS).status] == [401, 401]
    _check_refused(guesser.get(ROOMS), "calls-per-address")
    assert as_user(live, acme, "ann").get(ROOMS).status == 200


@pytest.mark.parametrize(
    ("columns", "ask", "policy"),
    [
        ({"searches_per_second": 1, "search_burst": 1}, lambda ann: ann.get("/api/v1/search?q=x"), "searches-per-user"),
        ({"uploads_per_minute": 1}, lambda ann: ann.post("/api/v1/uploads", {}), "uploads-per-user"),
    ],
)
def test_what_costs_more_has_a_pace_of_its_own(
    live: LiveServer, acme: Tenancy, columns: dict[str, int], ask: Callable[[Client], Answer], policy: str
) -> None:
    set_limits(acme, **columns)
    ann = as_user(live, acme, "ann")
    assert policy in _told(ask(ann))[3]
    _check_refused(ask(ann), policy)
    assert ann.get(ROOMS).status == 200
    assert ask(as_server(live, acme)).status != 429


def test_all_processes_count_together(live: LiveServer, acme: Tenancy, serve: Callable[..., LiveServer]) -> None:
    set_limits(acme, calls_per_second=1, call_burst=6)
    here, there = as_user(live, acme, "ann"), as_user(serve(), acme, "ann")
    begun, statuses = time.monotonic(), []
    while 429 not in statuses:
        statuses += [each.get(ROOMS).status for each in (here, there)]
    seconds = time.monotonic() - begun
    assert 6 <= statuses.count(200) <= 6 + seconds + 1  # one more for each second that went by
