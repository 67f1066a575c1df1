"""Every text of a frame is kept to the character, or refused with a stable code. A text of a frame without a row
fails."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from chat.socket.frames import COMMANDS
from kit.errors import TABLE
from tests.input.stage import TEXT, TREE, Stage, encoded, filled
from tests.input.texts import text_fields, with_every_text
from tests.support.cast import Tenancy, make_tenant
from tests.support.server import LiveServer
from tests.support.serving import Serving
from tests.support.tables import set_limits

Frame = dict[str, Any]
Read = Callable[[Stage, Frame], Any]


@dataclass(frozen=True)
class Row:
    """``fields`` of the frame with ``TEXT`` in them; ``read`` gives back what must be ``kept``. ``valid`` is a text
    that is taken; ``MESSAGE``, ``ROOM``, ``TOKEN`` and ``UPLOAD`` stand for the stage's."""

    fields: Frame
    read: Read | None = None
    kept: Any = TEXT
    valid: str = "a"


ROOM, MESSAGE, TOKEN, UPLOAD = "\ue000room", "\ue000message", "\ue000token", "\ue000upload"
IN_ROOM = {"room": ROOM}
OF_MESSAGE = {"room": ROOM, "id": MESSAGE}


def of_said(field: str) -> Read:
    return lambda stage, answer: stage.said()[field]


def of_message(field: str) -> Read:
    return lambda stage, answer: stage.get("/rooms/{room}/messages/{message}")[field]


FRAMES: dict[str, Frame] = {
    "room.subscribe": IN_ROOM,
    "room.unsubscribe": IN_ROOM,
    "message.send": {**IN_ROOM, "text": "hi"},
    "message.edit": {**OF_MESSAGE, "text": "hi"},
    "message.delete": OF_MESSAGE,
    "reaction.add": {**OF_MESSAGE, "emoji": "👍"},
    "reaction.remove": {**OF_MESSAGE, "emoji": "👍"},
    "read.mark": {**IN_ROOM, "seq": 1},
    "typing.start": IN_ROOM,
    "typing.stop": IN_ROOM,
    "token.refresh": {"token": TOKEN},
    "ping": {},
}
"""A valid frame of each type."""

ROWS: dict[str, Row] = {
    **{f"{kind} ref": Row({"ref": TEXT}, lambda stage, answer: answer["ref"]) for kind in FRAMES},
    **{f"{kind} room": Row({"room": TEXT}, valid=ROOM) for kind, fields in FRAMES.items() if "room" in fields},
    **{f"{kind} id": Row({"id": TEXT}, valid=MESSAGE) for kind, fields in FRAMES.items() if "id" in fields},
    "room.subscribe epoch": Row({"epoch": TEXT, "since": 0}),
    "message.send text": Row({"text": TEXT}, of_said("text")),
    "message.send client_id": Row({"client_id": TEXT}, of_said("client_id")),
    "message.send parent": Row({"parent": TEXT}, of_said("parent"), valid=MESSAGE),
    "message.send quote": Row({"quote": TEXT}, lambda stage, answer: stage.said()["quote"]["id"], valid=MESSAGE),
    "message.send data.*": Row({"data": TREE}, of_said("data"), kept=TREE),
    "message.send attachments[]": Row(
        {"attachments": [TEXT]}, lambda stage, answer: stage.said()["attachments"][0]["id"], valid=UPLOAD
    ),
    "message.edit text": Row({"text": TEXT}, of_message("text")),
    "message.edit data.*": Row({"data": TREE}, of_message("data"), kept=TREE),
    "reaction.add emoji": Row(
        {"emoji": TEXT}, lambda stage, answer: of_message("reactions")(stage, answer)[-1]["emoji"], valid="👩🏽‍🚀"
    ),
    "reaction.remove emoji": Row({"emoji": TEXT}, valid="👩🏽‍🚀"),
    "token.refresh token": Row({"token": TEXT}, valid=TOKEN),
}


def _texts_of_the_frames() -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for kind, model in COMMANDS.items():
        schema = model.model_json_schema()
        found |= {f"{kind} {path}": most for path, most in text_fields(schema, schema.get("$defs", {}))}
    return found


TEXTS = _texts_of_the_frames()


def test_every_text_of_the_frames_has_a_row_and_every_row_a_text() -> None:
    assert set(ROWS) == set(TEXTS)
    assert set(FRAMES) == set(COMMANDS)


@pytest.fixture(scope="module")
def tenant(database: None) -> Tenancy:
    made = make_tenant("acme")
    set_limits(made, sends_per_second=1_000_000, send_burst=1_000_000, connects_per_minute=1_000_000)
    set_limits(made, address_connects_per_minute=1_000_000, key_calls_per_second=1_000_000, key_call_burst=1_000_000)
    return made


@pytest.fixture
def stage(live: LiveServer, tenant: Tenancy) -> Stage:
    return Stage(live, tenant)


@pytest.fixture
def ann(stage: Stage) -> Iterator[ClientConnection]:
    """Ann's socket, subscribed to the stage's room."""
    protocols = ["parley.v1", f"bearer.{stage.tenant.token('ann')}"]
    door = socket.create_connection(("127.0.0.1", stage.live.port))
    url = f"ws://{stage.tenant.host}:{stage.live.port}/ws/v1"
    with connect(url, sock=door, subprotocols=protocols, compression=None) as opened:  # type: ignore[arg-type]
        assert json.loads(opened.recv())["type"] == "hello"
        assert _ask(opened, {"type": "room.subscribe", "room": stage.room})["type"] == "ok"
        yield opened


def _ask(someone: ClientConnection, frame: Frame) -> Frame:
    """The answer to a frame. Events are passed over; a ping behind a refusal ends a row of errors."""
    someone.send(encoded(frame), text=True)
    while True:
        answer: Frame = json.loads(someone.recv(10))
        if answer["type"] in ("ok", "pong", "error"):
            break
    if answer["type"] == "error":
        someone.send("ping")
        while someone.recv(10) != "pong":
            pass
    return answer


@pytest.mark.parametrize("live", [Serving()], indirect=True, ids=str, scope="session")
@pytest.mark.parametrize("name", ROWS)
def test_every_text_of_a_frame_is_kept_exactly_or_refused(stage: Stage, ann: ClientConnection, name: str) -> None:
    row, kind = ROWS[name], name.rpartition(" ")[0]
    frame = {"type": kind, **FRAMES[kind], **row.fields}
    its = {ROOM: stage.room, MESSAGE: stage.message, TOKEN: stage.tenant.token("ann"), UPLOAD: stage.upload}

    def told(text: str) -> Frame:
        answer = _ask(ann, _replaced(filled(frame, text), its))
        if answer["type"] == "error":
            assert answer["code"] in TABLE
            assert TABLE[answer["code"]].status < 500, answer
            assert answer["code"] != "rate_limited"
        elif row.read is not None:
            assert row.read(stage, answer) == filled(row.kept, text)
        return answer

    assert told(its.get(row.valid, row.valid))["type"] in ("ok", "pong")
    with_every_text(told, TEXTS[name])


def _replaced(frame: Frame, its: dict[str, str]) -> Frame:
    return {name: its.get(value, value) if isinstance(value, str) else value for name, value in frame.items()}
