"""The outsider's matrix: every route, by everybody who may knock. A route without a row fails.

Each route has a private room of its own, with a member, a moderator and an owner; each caller aims there at a bystander
and that bystander's message, which are nobody else's target: one caller's success takes nothing from the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from chat.api.api import api
from chat.api.openapi import operations
from kit.ids import opaque, wire_id
from tests.support.cast import Tenancy, make_tenant
from tests.support.http import Answer, Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import change

ROLES = ("outsider", "member", "moderator", "owner")
REFUSED = {
    "nobody": "token_missing",
    "foreign user": "token_invalid",
    "foreign key": "token_invalid",
    "revoked": "token_invalid",
}
"""Whoever is nobody here, on every route."""
CALLERS = (*REFUSED, *ROLES, "server")
TIME = "2026-01-02T03:04:05Z"
NOBODY_LISTENS = "http://127.0.0.1:9/"

Result = int | str


@dataclass(frozen=True)
class Row:
    """What becomes of a call by a user who is no member of the room, by a member, a moderator, an owner, and by the
    tenant's server: a status, or a code of the error table."""

    outsider: Result
    member: Result
    moderator: Result
    owner: Result
    server: Result
    body: Any = None


def everybody(result: Result, body: Any = None) -> Row:
    return Row(result, result, result, result, result, body)


def members(result: Result, body: Any = None, *, server: Result | None = None) -> Row:
    return Row("not_allowed", result, result, result, result if server is None else server, body)


def moderators(result: Result, body: Any = None) -> Row:
    return Row("not_allowed", "not_allowed", result, result, result, body)


def owners(result: Result, body: Any = None) -> Row:
    return Row("not_allowed", "not_allowed", "not_allowed", result, result, body)


def only_server(result: Result, body: Any = None) -> Row:
    return Row("not_allowed", "not_allowed", "not_allowed", "not_allowed", result, body)


MATRIX: dict[str, Row] = {
    "GET /rooms": everybody(200),
    "POST /rooms": everybody(201, {}),
    "GET /directory": everybody(200),
    "GET /rooms/{room}": members(200),
    "PATCH /rooms/{room}": moderators(200, {"topic": "x"}),
    "DELETE /rooms/{room}": owners(204),
    "PUT /rooms/{room}/read": members(200, {"seq": 1}, server="invalid"),
    "PUT /rooms/{room}/mute": members(204, server="invalid"),
    "DELETE /rooms/{room}/mute": members(204, server="invalid"),
    "POST /rooms/{room}/import": only_server(
        200, {"messages": [{"user": "member", "text": "x", "created_at": TIME, "client_id": "c"}]}
    ),
    "GET /rooms/{room}/members": members(200),
    "POST /rooms/{room}/members": members(200, {"members": [{"user": "newcomer"}]}),
    "PUT /rooms/{room}/members/{user}": owners(204, {"role": "moderator"}),
    "DELETE /rooms/{room}/members/{user}": moderators(204),
    "GET /rooms/{room}/bans": moderators(200),
    "PUT /rooms/{room}/bans/{user}": moderators(201, {}),
    "DELETE /rooms/{room}/bans/{user}": moderators("not_found"),
    "GET /rooms/{room}/guest-links": moderators(200),
    "POST /rooms/{room}/guest-links": moderators(201, {}),
    "DELETE /rooms/{room}/guest-links/{guest_link}": moderators("not_found"),
    "GET /rooms/{room}/messages": members(200),
    "POST /rooms/{room}/messages": members(201, {"text": "hi"}, server="not_allowed"),
    "GET /rooms/{room}/messages/{message}": members(200),
    "PATCH /rooms/{room}/messages/{message}": only_server(200, {"text": "hi"}),
    "DELETE /rooms/{room}/messages/{message}": moderators(204),
    "GET /rooms/{room}/messages/{message}/edits": moderators(200),
    "GET /rooms/{room}/messages/{message}/replies": members(200),
    "POST /rooms/{room}/messages/{message}/reports": members(201, {"reason": "spam"}, server="invalid"),
    "GET /reports": everybody(200),
    "PATCH /reports/{report}": everybody("not_found", {"resolution": "dismissed"}),
    "PUT /rooms/{room}/messages/{message}/reactions/{emoji}": members(204, server="not_allowed"),
    "DELETE /rooms/{room}/messages/{message}/reactions/{emoji}": members(204, server="not_allowed"),
    "PUT /rooms/{room}/messages/{message}/pin": moderators(204),
    "DELETE /rooms/{room}/messages/{message}/pin": moderators(204),
    "GET /rooms/{room}/pins": members(200),
    "GET /users": everybody(200),
    "PUT /users": only_server(200, {"users": [{"id": "x"}]}),
    "GET /users/{user}": everybody(200),
    "PUT /users/{user}": only_server(200, {}),
    "PATCH /users/{user}": only_server(200, {}),
    "DELETE /users/{user}": only_server(204),
    "POST /users/{user}/revoke": only_server(204),
    "POST /users/{user}/tokens": only_server(201, {}),
    "PUT /users/{user}/presence": only_server(200, {"invisible": True}),
    "GET /search": everybody(200),
    "POST /uploads": everybody("invalid"),
    "GET /uploads/{upload}": members(200),
    "GET /settings/content": only_server(200),
    "PUT /settings/content": only_server(200, {}),
    "GET /settings/appearance": only_server(200),
    "PUT /settings/appearance": only_server(200, {}),
    "GET /settings/origins": only_server(200),
    "PUT /settings/origins": only_server(200, {"origins": []}),
    "GET /keys": only_server(200),
    "POST /keys": only_server(201, {"name": "x", "scopes": ["rooms:read"]}),
    "POST /keys/{prefix}/rotate": only_server("key_not_found", {}),
    "DELETE /keys/{prefix}": only_server("key_not_found"),
    "GET /signing-keys": only_server(200),
    "POST /signing-keys": only_server(201, {}),
    "DELETE /signing-keys/{key}": only_server("key_not_found"),
    "GET /incoming-webhooks": only_server(200),
    "POST /incoming-webhooks": only_server(201, {"room": "general", "name": "Bot"}),
    "DELETE /incoming-webhooks/{incoming}": only_server("webhook_not_found"),
    "GET /webhooks": only_server(200),
    "POST /webhooks": only_server(201, {"url": NOBODY_LISTENS}),
    "GET /webhooks/{webhook}": only_server("webhook_not_found"),
    "PATCH /webhooks/{webhook}": only_server("webhook_not_found", {}),
    "DELETE /webhooks/{webhook}": only_server("webhook_not_found"),
    "POST /webhooks/{webhook}/rotate": only_server("webhook_not_found"),
    "POST /webhooks/{webhook}/test": only_server("webhook_not_found"),
    "GET /webhooks/{webhook}/deliveries": only_server("webhook_not_found"),
    "POST /webhooks/{webhook}/deliveries/{delivery}/replay": only_server("webhook_not_found"),
    "GET /settings/before-send": only_server("webhook_not_found"),
    "PUT /settings/before-send": only_server(200, {"url": NOBODY_LISTENS}),
    "DELETE /settings/before-send": only_server(204),
}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = operations(api.get_openapi_schema())
    assert set(MATRIX) == {f"{method.upper()} {path.removeprefix('/api/v1')}" for path, method, _ in routes}


@pytest.mark.parametrize("route", MATRIX)
def test_everybody_gets_what_is_theirs(stage: Stage, route: str) -> None:
    row = MATRIX[route]
    expected = {**REFUSED, **{caller: getattr(row, caller) for caller in (*ROLES, "server")}}
    assert {caller: _result(stage.call(route, caller)) for caller in CALLERS} == expected


@pytest.mark.parametrize("route", ["POST /webhooks", "PUT /users", "PUT /settings/content", "POST /keys"])
def test_what_is_the_servers_alone_is_refused_before_it_is_read(stage: Stage, route: str) -> None:
    method, path = route.split(" ")
    answers = [stage.client(who).ask(method, f"/api/v1{path}", json={"nonsense": 1}) for who in ("owner", "server")]
    assert [answer.code for answer in answers] == ["not_allowed", "invalid"]


def _result(answer: Answer) -> Result:
    return answer.status if answer.status < 400 else answer.code


@dataclass
class Stage:
    """A tenant with a room for each route, and what each caller aims at there."""

    live: LiveServer
    tenant: Tenancy
    globex: Tenancy
    messages: dict[tuple[str, str], str] = field(default_factory=dict)
    uploads: dict[tuple[str, str], str] = field(default_factory=dict)

    def client(self, caller: str) -> Client:
        credentials = {
            "nobody": "",
            "foreign user": self.globex.token("owner"),
            "foreign key": self.globex.api_key,
        }
        if caller in credentials:
            headers = {"Authorization": f"Bearer {credentials[caller]}"} if credentials[caller] else {}
            return Client(self.live, self.tenant.host, headers)
        return as_server(self.live, self.tenant) if caller == "server" else as_user(self.live, self.tenant, caller)

    def call(self, route: str, caller: str) -> Answer:
        method, path = route.split(" ")
        places = {
            "room": _room(route),
            "user": _bystander(route, caller),
            "message": self.messages[route, caller],
            "upload": self.uploads[route, caller],
            "emoji": quote("👍"),
        }
        query = "?q=hello" if path == "/search" else ""
        path = "/api/v1" + path.format_map(_Places(places)) + query
        return self.client(caller).ask(method, path, json=MATRIX[route].body)


class _Places(dict[str, str]):
    """An id of nothing for what the stage does not have."""

    def __missing__(self, key: str) -> str:
        return "nowhere"


def _room(route: str) -> str:
    return f"r{list(MATRIX).index(route)}"


def _bystander(route: str, caller: str) -> str:
    return f"{_room(route)}-{caller.replace(' ', '-')}"


@pytest.fixture(scope="module")
def stage(live: LiveServer) -> Stage:
    made = Stage(live, make_tenant("acme"), make_tenant("globex"))
    bystanders = [_bystander(route, caller) for route in MATRIX for caller in CALLERS]
    _make_people(made.tenant, ["newcomer", "revoked", *ROLES, *bystanders])
    _make_rooms(made.tenant, bystanders)
    _make_messages(made)
    return made


def _make_people(tenant: Tenancy, people: list[str]) -> None:
    change(tenant, "INSERT INTO chat_user (id, name) SELECT id, id FROM unnest(%s::text[]) id", people)
    change(tenant, "UPDATE chat_user SET revoked_before = now() + interval '1 hour' WHERE id = 'revoked'")


def _make_rooms(tenant: Tenancy, bystanders: list[str]) -> None:
    rooms = [_room(route) for route in MATRIX]
    change(
        tenant,
        "INSERT INTO chat_room (id, kind, name, epoch, last_seq)"
        " SELECT id, 'private', id, 'e1', %s FROM unnest(%s::text[]) id",
        len(CALLERS),
        rooms,
    )
    change(
        tenant,
        "INSERT INTO chat_member (room_id, user_id, role) SELECT room, role, role FROM unnest(%s::text[]) room,"
        " unnest(%s::text[]) role UNION ALL SELECT room, 'revoked', 'owner' FROM unnest(%s::text[]) room",
        rooms,
        list(ROLES[1:]),
        rooms,
    )
    change(
        tenant,
        "INSERT INTO chat_member (room_id, user_id) SELECT split_part(id, '-', 1), id FROM unnest(%s::text[]) id",
        bystanders,
    )


def _make_messages(stage: Stage) -> None:
    """A message of each bystander, with an upload."""
    columns: list[tuple[object, ...]] = []
    for route in MATRIX:
        for seq, caller in enumerate(CALLERS, 1):
            message, upload = uuid4(), opaque("u")
            stage.messages[route, caller], stage.uploads[route, caller] = wire_id("m", message), upload
            columns.append((message, _room(route), seq, _bystander(route, caller), upload))
    change(
        stage.tenant,
        "WITH given AS (SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::text[], %s::text[])"
        " AS given (message, room, seq, author, upload)), said AS ("
        " INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text)"
        " SELECT message, room, seq, seq, author, 'hello' FROM given)"
        " INSERT INTO chat_upload (id, user_id, message_id, name, content_type, size, path)"
        " SELECT upload, author, message, 'a.png', 'image/png', 1, 'a' FROM given",
        *map(list, zip(*columns, strict=True)),
    )
