"""Whatever goes wrong under /api/v1/ is a problem (RFC 9457) with a stable code."""

from __future__ import annotations

import gzip
import re

import pytest

from kit.errors import TABLE
from tests.input.hostile import NO_JSON, NO_OBJECT
from tests.support.cast import Tenancy, make_tenant
from tests.support.http import Answer, Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import rows

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def tenant(database: None) -> Tenancy:
    return make_tenant("acme")


def _check(answer: Answer, code: str) -> None:
    problem = answer.json
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem.keys() == {"type", "title", "status", "detail", "code", "errors", "retryable", "request_id"}
    row = TABLE[code]
    assert (problem["code"], problem["status"], answer.status) == (code, row.status, row.status)
    assert (problem["title"], problem["retryable"]) == (row.title, row.retryable)
    assert problem["type"] == f"/api/docs/errors#{code}"
    assert problem["detail"]
    assert re.fullmatch(r"req_[a-z2-7]{16}", problem["request_id"])
    assert all(error.keys() == {"field", "code"} for error in problem["errors"])
    assert ("WWW-Authenticate" in answer.headers) == (row.status == 401)


def test_each_problem_has_every_member(live: LiveServer, tenant: Tenancy) -> None:
    ann, stranger = as_user(live, tenant, "ann"), Client(live, tenant.host)
    _check(stranger.get("/api/v1/rooms"), "token_missing")
    _check(ann.get("/api/v1/rooms/nowhere"), "room_not_found")
    _check(ann.get("/api/v1/users/nobody"), "user_not_found")
    _check(ann.put("/api/v1/users/ann", {}), "not_allowed")
    _check(ann.get("/api/v1/rooms?cursor=x"), "bad_cursor")
    _check(ann.post("/api/v1/rooms", {"id": "general"}), "room_exists")
    _check(ann.post("/api/v1/rooms", {"id": "a b"}), "invalid")


def test_two_problems_have_two_request_ids(live: LiveServer, tenant: Tenancy) -> None:
    client = Client(live, tenant.host)
    assert client.get("/api/v1/rooms").json["request_id"] != client.get("/api/v1/rooms").json["request_id"]


@pytest.mark.parametrize(
    "path",
    ["nothing", "rooms/", "rooms/general/", "rooms/general/messages/", "rooms/a%2Fb", "users/a/b/c", "docs"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_that_is_not_there_is_a_problem(live: LiveServer, tenant: Tenancy, path: str, method: str) -> None:
    _check(as_server(live, tenant).ask(method, f"/api/v1/{path}"), "not_found")


METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}


def test_a_method_that_is_not_there_is_a_problem_and_says_which_are(live: LiveServer, tenant: Tenancy) -> None:
    server = as_server(live, tenant)
    for path, methods in server.get("/api/v1/openapi.json").json["paths"].items():
        there = {method.upper() for method in methods}
        path = re.sub(r"{\w+}", "x", path)
        for method in METHODS - there:
            answer = server.ask(method, path)
            _check(answer, "method_not_allowed")
            assert set(answer.headers["Allow"].split(", ")) == there, path


def test_head_is_get_without_its_body(live: LiveServer, tenant: Tenancy) -> None:
    server = as_server(live, tenant)
    for path in ("rooms", "rooms/general", "rooms/general/messages", "users", "openapi.json"):
        got, head = server.get(f"/api/v1/{path}"), server.ask("HEAD", f"/api/v1/{path}")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
    missing = server.ask("HEAD", "/api/v1/rooms/nowhere")
    assert (missing.status, missing.body) == (404, b"")
    assert server.ask("HEAD", "/api/v1/rooms/general/read").status == 405


# Bodies


BODY_ROUTES = [
    ("POST", "rooms"),
    ("POST", "rooms/general/messages"),
    ("PUT", "rooms/general/members/ann"),
    ("PUT", "rooms/general/read"),
    ("PUT", "users/ann"),
    ("POST", "users/ann/tokens"),
]


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_a_body_that_is_no_json_is_bad_json_everywhere(live: LiveServer, tenant: Tenancy, body: str) -> None:
    for method, path in BODY_ROUTES:
        answer = as_server(live, tenant).ask(method, f"/api/v1/{path}", body=body.encode(), **JSON)
        _check(answer, "bad_json" if body else "invalid")


@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
def test_a_body_that_is_no_object_is_invalid_everywhere(live: LiveServer, tenant: Tenancy, body: str) -> None:
    for method, path in BODY_ROUTES:
        answer = as_server(live, tenant).ask(method, f"/api/v1/{path}", body=body.encode(), **JSON)
        _check(answer, "invalid")
        assert [error["field"] for error in answer.json["errors"]] == ["body"]


@pytest.mark.parametrize("body", [b'{"text": "\xff"}', b'{"text": "\xed\xa0\x80"}', b"\xff\xfe{\x00}\x00", b"\x1f\x8b"])
def test_a_body_that_is_no_utf_8_is_bad_json(live: LiveServer, tenant: Tenancy, body: bytes) -> None:
    answer = as_server(live, tenant).ask("POST", "/api/v1/rooms/general/messages", body=body, **JSON)
    _check(answer, "bad_json")


def test_a_compressed_body_is_never_unpacked(live: LiveServer, tenant: Tenancy) -> None:
    bomb = gzip.compress(b'{"text": "' + b"a" * 10_000_000 + b'"}')
    for coding in ("gzip", "deflate", "br", "gzip, gzip"):
        headers = {**JSON, "Content-Encoding": coding}
        answer = as_server(live, tenant).ask("POST", "/api/v1/rooms/general/messages", body=bomb, **headers)
        _check(answer, "bad_json")


def test_fields_that_nobody_knows_are_refused_everywhere(live: LiveServer, tenant: Tenancy) -> None:
    for method, path in BODY_ROUTES:
        answer = as_server(live, tenant).ask(method, f"/api/v1/{path}", json={"colour": "red"})
        _check(answer, "invalid")
        assert "colour" in [error["field"].split(".")[-1] for error in answer.json["errors"]]


def test_a_body_beyond_what_is_read_is_too_big(live: LiveServer, tenant: Tenancy) -> None:
    body = b'{"text": "' + b"x" * 3_000_000 + b'"}'
    answer = as_server(live, tenant).ask("POST", "/api/v1/rooms/general/messages", body=body, **JSON)
    _check(answer, "too_big")


def test_nothing_of_all_that_is_stored_or_logged_as_a_failure_of_ours(live: LiveServer, acme: Tenancy) -> None:
    server, logged = as_server(live, acme), len(live.log())
    for body in [*NO_JSON.values(), *NO_OBJECT.values()]:
        for method, path in BODY_ROUTES:
            server.ask(method, f"/api/v1/{path}", body=body.encode(), **JSON)
    for table in ("chat_user", "chat_member", "chat_message"):
        assert rows(acme, f"SELECT count(*) FROM {table}") == [(0,)]
    assert rows(acme, "SELECT count(*) FROM chat_room") == [(1,)]
    assert "api.failed" not in live.log()[logged:]


# Paths


@pytest.mark.parametrize("room", ["%00", "a%00b", "r" * 65, "%ED%A0%80", "%F0%9F%90%99", "..", "%2e%2e", "'", "a%0Ab"])
def test_an_odd_room_in_the_path_is_refused_or_not_found(live: LiveServer, tenant: Tenancy, room: str) -> None:
    server = as_server(live, tenant)
    answers = [
        server.get(f"/api/v1/rooms/{room}"),
        server.get(f"/api/v1/rooms/{room}/members"),
        server.put(f"/api/v1/rooms/{room}/members/ann", {}),
        server.get(f"/api/v1/rooms/{room}/messages"),
        server.post(f"/api/v1/rooms/{room}/messages", {"text": "hi", "user": "nobody"}),
        server.put(f"/api/v1/rooms/{room}/read", {"seq": 0, "user": "nobody"}),
    ]
    for answer in answers:
        _check(answer, answer.json["code"])
        assert answer.json["code"] in ("invalid", "room_not_found", "user_not_found", "not_found")


@pytest.mark.parametrize("user", ["%00", "a%00b", "u" * 129, "a%20b", "%0A"])
def test_an_odd_user_in_the_path_is_refused(live: LiveServer, tenant: Tenancy, user: str) -> None:
    server = as_server(live, tenant)
    for answer in (
        server.get(f"/api/v1/users/{user}"),
        server.put(f"/api/v1/rooms/general/members/{user}", {}),
    ):
        _check(answer, "invalid")
