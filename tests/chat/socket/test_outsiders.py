"""The outsider's matrix of the socket: every frame type, by everybody who may come in, and who may not."""

from __future__ import annotations

from typing import Any

import pytest

from chat.socket.frames import COMMANDS
from kit.ids import wire_id
from tests.chat.socket.knocking import turned_away
from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, fill, make_room, make_user, rows

ROLES = ("outsider", "member", "moderator", "owner")
CLOSED = ("not_allowed", "ok", "ok", "ok")
BY_THE_AUTHOR = ("not_allowed", "not_allowed", "not_allowed", "not_allowed")
BY_MODERATORS = ("not_allowed", "not_allowed", "ok", "ok")

MATRIX: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "room.subscribe": (CLOSED, {}),
    "typing.start": (("not_subscribed", "ok", "ok", "ok"), {}),
    "typing.stop": (("not_subscribed", "ok", "ok", "ok"), {}),
    "message.send": (CLOSED, {"text": "hi"}),
    "message.edit": (BY_THE_AUTHOR, {"id": "message", "text": "changed"}),
    "reaction.add": (CLOSED, {"id": "message", "emoji": "👍"}),
    "reaction.remove": (CLOSED, {"id": "message", "emoji": "👍"}),
    "read.mark": (CLOSED, {"seq": 1}),
    "message.delete": (BY_MODERATORS, {"id": "message"}),
    "room.unsubscribe": (("not_subscribed", "ok", "ok", "ok"), {}),
    "token.refresh": (("ok", "ok", "ok", "ok"), {"token": "own"}),
    "ping": (("pong", "pong", "pong", "pong"), {}),
}
"""What each frame is answered with: an answer's type, or an error's code."""


def test_every_frame_type_has_a_row_and_every_row_a_frame_type() -> None:
    assert set(MATRIX) == set(COMMANDS)


@pytest.mark.parametrize("place", range(len(ROLES)), ids=ROLES)
async def test_everybody_gets_what_is_theirs(live: LiveServer, acme: Tenancy, place: int) -> None:
    role = ROLES[place]
    make_room(acme, "secret", "private", members=(*ROLES[1:], "bystander"))
    change(acme, "UPDATE chat_member SET role = user_id WHERE user_id IN ('moderator', 'owner')")
    fill(acme, 1, "secret", user="bystander")
    [(message,)] = rows(acme, "SELECT id FROM chat_message WHERE room_id = 'secret'")
    known = {"message": wire_id("m", message), "own": acme.token(role)}
    answers = {}
    async with person(live, acme, role) as somebody:
        for kind, (_, fields) in MATRIX.items():
            room = {} if kind in ("ping", "token.refresh") else {"room": "secret"}
            filled = {name: known.get(value, value) for name, value in fields.items()}
            answer = await somebody.ask(kind, **room, **filled)
            answers[kind] = answer.get("code", answer["type"])
    assert answers == {kind: expected[place] for kind, (expected, _) in MATRIX.items()}


async def test_whoever_is_nobody_here_speaks_no_frame(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    make_user(acme, "revoked")
    change(acme, "UPDATE chat_user SET revoked_before = now() + interval '1 hour' WHERE id = 'revoked'")
    presented = {
        "nobody": None,
        "another tenant's user": globex.token("owner"),
        "another tenant's key": globex.api_key,
        "the tenant's own key": acme.api_key,
        "a revoked user": acme.token("revoked"),
    }
    ends = {who: await turned_away(live, acme.host, token) for who, token in presented.items()}
    assert {who: (end.error["code"], end.close_code) for who, end in ends.items()} == {
        who: ("token_invalid" if token else "token_missing", 4401) for who, token in presented.items()
    }
