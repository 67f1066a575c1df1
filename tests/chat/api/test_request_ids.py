"""One name for a request: in its answer, in a problem's body, in the log."""

from __future__ import annotations

import re

import pytest

from tests.support.cast import Tenancy
from tests.support.http import Client, as_server
from tests.support.server import LiveServer


def test_every_answer_has_an_id_of_its_own(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    paths = ["/api/v1/rooms", "/api/v1/rooms", "/api/v1/nothing", "/sign-in", "/api/docs"]
    ids = {server.get(path).headers["X-Request-Id"] for path in paths}
    assert len(ids) == len(paths)
    assert all(re.fullmatch(r"req_[a-z2-7]{16}", each) for each in ids)


def test_a_clients_own_id_is_taken_over(live: LiveServer, acme: Tenancy) -> None:
    answer = Client(live, acme.host).get("/api/v1/rooms", **{"X-Request-Id": "trace-7.a:b_c"})
    assert answer.headers["X-Request-Id"] == answer.json["request_id"] == "trace-7.a:b_c"


@pytest.mark.parametrize("given", ["", "a b", "<script>", "x" * 129, '"', "ä", "-", "a\tb"])
def test_what_is_no_sane_id_is_not(live: LiveServer, standing: Tenancy, given: str) -> None:
    answer = Client(live, standing.host).get("/api/v1/rooms", **{"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == answer.json["request_id"] != given
