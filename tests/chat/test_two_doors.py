"""What holds for a socket holds for a curl: one table of changes to messages, driven through both doors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from kit.ids import wire_id
from tests.support.cast import Tenancy, make_tenant
from tests.support.http import as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, make_user, rows, set_limits

MEMBERS = {"ann": "member", "bob": "member", "mona": "moderator", "olga": "owner"}


@dataclass(frozen=True)
class Row:
    """``who`` does ``what`` in a room of that state; it is answered with ``code``, or done in ``events`` events. Where
    ``fields`` has an ``@name``, that message's id stands."""

    what: str
    who: str = "ann"
    fields: dict[str, Any] = field(default_factory=dict)
    state: str = "private"
    code: str | None = None
    events: int = 1


SAY, EDIT, DELETE = "message.send", "message.edit", "message.delete"
ADD, REMOVE = "reaction.add", "reaction.remove"
ANNS, GONE, REPLY, ELSEWHERE = ({"id": f"@{name}"} for name in ("anns", "gone", "reply", "elsewhere"))
WORDS = {"text": "other words"}
HEART = {"emoji": "❤️"}

ROWS = {
    # Sending
    "a reply": Row(SAY, fields={"text": "re", "parent": "@anns"}, events=2),
    "a reply to a reply": Row(SAY, fields={"text": "re", "parent": "@reply"}, code="invalid"),
    "a reply to what is deleted": Row(SAY, fields={"text": "re", "parent": "@gone"}, code="message_deleted"),
    "a reply into another room": Row(SAY, fields={"text": "re", "parent": "@elsewhere"}, code="message_not_found"),
    "a reply to nonsense": Row(SAY, fields={"text": "re", "parent": "m_x"}, code="message_not_found"),
    "a quote": Row(SAY, fields={"text": "as I said", "quote": "@reply"}),
    "a quote of what is deleted": Row(SAY, fields={"text": "?", "quote": "@gone"}, code="message_deleted"),
    "data": Row(SAY, fields={"text": "hi", "data": {"a": [1, None, {"b": "ü"}]}}),
    "data that is a list": Row(SAY, fields={"text": "hi", "data": [1]}, code="invalid"),
    "data of more than 4 KiB": Row(SAY, fields={"text": "hi", "data": {"a": "x" * 4_096}}, code="invalid"),
    "NUL in data": Row(SAY, fields={"text": "hi", "data": {"a": ["\x00"]}}, code="invalid"),
    "into a frozen room": Row(SAY, fields={"text": "hi"}, state="frozen", code="room_frozen"),
    "a moderator into a frozen room": Row(SAY, "mona", {"text": "hi"}, state="frozen"),
    "by a banned user": Row(SAY, "dan", {"text": "hi"}, state="open", code="banned"),
    # Editing
    "an edit": Row(EDIT, fields=ANNS | WORDS),
    "an edit of data": Row(EDIT, fields=ANNS | {"data": {"a": 1}}),
    "an edit that changes nothing": Row(EDIT, fields=ANNS | {"text": "hi"}, events=0),
    "an edit to nothing": Row(EDIT, fields=ANNS | {"text": " "}, code="invalid"),
    "an edit without a change": Row(EDIT, fields=ANNS, code="invalid"),
    "an edit of a text that is null": Row(EDIT, fields=ANNS | {"text": None}, code="invalid"),
    "an edit of too much": Row(EDIT, fields=ANNS | {"text": "a" * 8_001}, code="invalid"),
    "an edit of another's": Row(EDIT, "bob", ANNS | WORDS, code="not_allowed"),
    "an edit by an owner": Row(EDIT, "olga", ANNS | WORDS, code="not_allowed"),
    "an edit of what is deleted": Row(EDIT, fields=GONE | WORDS, code="message_deleted"),
    "an edit of nonsense": Row(EDIT, fields={"id": "nonsense"} | WORDS, code="message_not_found"),
    "an edit across rooms": Row(EDIT, fields=ELSEWHERE | WORDS, code="message_not_found"),
    "an edit in an archived room": Row(EDIT, fields=ANNS | WORDS, state="archived", code="room_archived"),
    "an edit in a frozen room": Row(EDIT, fields=ANNS | WORDS, state="frozen", code="room_frozen"),
    "an edit by who is no member": Row(EDIT, "eve", ANNS | WORDS, code="not_allowed"),
    # Deleting
    "a delete": Row(DELETE, fields=ANNS),
    "a delete by another": Row(DELETE, "bob", ANNS, code="not_allowed"),
    "a delete by a moderator": Row(DELETE, "mona", ANNS),
    "a delete by an owner": Row(DELETE, "olga", ANNS),
    "a delete of what is deleted": Row(DELETE, fields=GONE, events=0),
    "a delete of nonsense": Row(DELETE, fields={"id": "m_x"}, code="message_not_found"),
    "a delete across rooms": Row(DELETE, fields=ELSEWHERE, code="message_not_found"),
    "a delete in an archived room": Row(DELETE, fields=ANNS, state="archived", code="room_archived"),
    "a delete in a frozen room": Row(DELETE, fields=ANNS, state="frozen", code="room_frozen"),
    "a delete by who is no member": Row(DELETE, "eve", ANNS, code="not_allowed"),
    # Reacting
    "a reaction": Row(ADD, "bob", ANNS | HEART),
    "a reaction by a short code": Row(ADD, "bob", ANNS | {"emoji": ":party_parrot:"}),
    "a reaction of a family": Row(ADD, "bob", ANNS | {"emoji": "👩🏽‍❤️‍👨🏿"}),
    "a reaction of two emoji": Row(ADD, "bob", ANNS | {"emoji": "❤️❤️"}, code="invalid"),
    "a reaction of a letter": Row(ADD, "bob", ANNS | {"emoji": "a"}, code="invalid"),
    "a reaction of markup": Row(ADD, "bob", ANNS | {"emoji": "<b>"}, code="invalid"),
    "a reaction to what is deleted": Row(ADD, "bob", GONE | HEART, code="message_deleted"),
    "a reaction to nonsense": Row(ADD, "bob", {"id": "m_x"} | HEART, code="message_not_found"),
    "a reaction in a frozen room": Row(ADD, "bob", ANNS | HEART, state="frozen", code="room_frozen"),
    "a reaction in an archived room": Row(ADD, "bob", ANNS | HEART, state="archived", code="room_archived"),
    "a reaction by who is no member": Row(ADD, "eve", ANNS | HEART, code="not_allowed"),
    "a reaction that is there": Row(ADD, fields=REPLY | HEART, events=0),
    "a reaction taken back": Row(REMOVE, fields=REPLY | HEART),
    "another's reaction taken back": Row(REMOVE, "bob", REPLY | HEART, events=0),
}


async def by_socket(live: LiveServer, tenant: Tenancy, row: Row, room: str, fields: dict[str, Any]) -> dict[str, Any]:
    async with person(live, tenant, row.who) as somebody:
        answer = await somebody.ask(row.what, room=room, **fields)
    return answer if answer["type"] == "error" else {}


METHODS = {SAY: "POST", EDIT: "PATCH", DELETE: "DELETE", ADD: "PUT", REMOVE: "DELETE"}


async def by_rest(live: LiveServer, tenant: Tenancy, row: Row, room: str, fields: dict[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in fields.items() if name not in ("id", "emoji")}
    path = f"/api/v1/rooms/{room}/messages" + (f"/{fields['id']}" if "id" in fields else "")
    path += f"/reactions/{quote(fields['emoji'])}" if "emoji" in fields else ""
    method = METHODS[row.what]
    answer = as_user(live, tenant, row.who).ask(method, path, json=body if method in ("POST", "PATCH") else None)
    if answer.status < 300:
        return {}
    found: dict[str, Any] = answer.json
    assert answer.status == found["status"]
    return {**found, "message": found["detail"]}


Door = Callable[[LiveServer, Tenancy, Row, str, dict[str, Any]], Awaitable[dict[str, Any]]]
DOORS: tuple[Door, ...] = (by_socket, by_rest)


@pytest.fixture(scope="module")
def tenant(database: None) -> Tenancy:
    tenant = make_tenant("acme")
    set_limits(tenant, sends_per_second=1_000, send_burst=1_000, connects_per_minute=10_000)
    for user in (*MEMBERS, "dan", "eve"):
        make_user(tenant, user)
    return tenant


def prepared(tenant: Tenancy, state: str) -> tuple[str, dict[str, str]]:
    """A room in that state with messages in it; its id and theirs."""
    ids = {name: uuid4() for name in ("anns", "gone", "reply", "elsewhere")}
    room = f"r{uuid4().hex[:8]}"
    parameters = {
        **ids,
        "room": room,
        "kind": "open" if state == "open" else "private",
        "archived": state == "archived",
        "frozen": state == "frozen",
        "users": list(MEMBERS),
        "roles": list(MEMBERS.values()),
        "heart": HEART["emoji"],
        "hearts": json.dumps([{**HEART, "count": 1, "users": ["ann"]}]),
    }
    change(tenant, _PREPARED, **parameters)
    return room, {name: wire_id("m", message_id) for name, message_id in ids.items()}


_PREPARED = """
    WITH rooms AS (
        INSERT INTO chat_room (id, kind, epoch, last_seq, archived_at, frozen_at)
        SELECT id, %(kind)s, 'e1', 3, CASE WHEN %(archived)s THEN now() END, CASE WHEN %(frozen)s THEN now() END
        FROM unnest(ARRAY[%(room)s, %(room)s || 'x']) id RETURNING id
    ), members AS (
        INSERT INTO chat_member (room_id, user_id, role)
        SELECT rooms.id, member.id, member.role
        FROM rooms, unnest(%(users)s::text[], %(roles)s::text[]) AS member (id, role)
    ), bans AS (
        INSERT INTO chat_ban (room_id, user_id) VALUES (%(room)s, 'dan')
    ), messages AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text, parent_id, deleted_at, reactions)
        VALUES (%(anns)s::uuid, %(room)s, 1, 1, 'ann', 'hi', NULL::uuid, NULL::timestamptz, '[]'::jsonb),
            (%(gone)s, %(room)s, 2, 2, 'ann', '', NULL, now(), '[]'),
            (%(reply)s, %(room)s, 3, 3, 'ann', 're', %(anns)s, NULL, %(hearts)s),
            (%(elsewhere)s, %(room)s || 'x', 1, 1, 'ann', 'hi', NULL, NULL, '[]')
    )
    INSERT INTO chat_reaction (message_id, user_id, emoji) VALUES (%(reply)s, 'ann', %(heart)s)
"""


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_both_doors_do_the_same(live: LiveServer, tenant: Tenancy, row: Row) -> None:
    answers = []
    for door in DOORS:
        room, ids = prepared(tenant, row.state)
        named = {
            name: ids[value[1:]] if isinstance(value, str) and value[:1] == "@" else value
            for name, value in row.fields.items()
        }
        answer = await door(live, tenant, row, room, named)
        taken = rows(tenant, "SELECT last_seq - 3 FROM chat_room WHERE id = %s", room)
        told = rows(tenant, "SELECT count(*) FROM chat_message WHERE room_id = %s AND changed_seq > 3", room)
        assert (answer.get("code"), taken[0][0]) == (row.code, 0 if row.code else row.events), (door, answer)
        assert taken == told, "each seq is a change of one message"
        answers.append(answer)
    socket, rest = answers
    assert socket.get("message") == rest.get("message")
    assert socket.get("errors", []) == rest.get("errors", [])
