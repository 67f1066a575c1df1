"""A socket's text frames: a command, or a refusal with a stable code."""

from __future__ import annotations

import json

from chat.socket.frames import BadFrame, parse, parse_send
from kit.errors import TABLE
from tests.input.hostile import LONE_SURROGATES, NO_JSON, NO_OBJECT, ODD_TEXTS

_FRAMES = (
    {"type": "message.send", "ref": 1, "room": "general", "text": "hi", "client_id": "c", "data": {"a": [1, None]}},
    {"type": "room.subscribe", "ref": "r", "room": "general", "since": 5, "epoch": "e"},
    {"type": "message.edit", "ref": 1, "room": "general", "id": "m_1", "text": "better"},
    {"type": "reaction.add", "ref": 1, "room": "general", "id": "m_1", "emoji": "👍"},
    {"type": "read.mark", "room": "general", "seq": 7},
    {"type": "token.refresh", "ref": 2, "token": "a.b.c"},
    {"type": "ping"},
)
SEEDS = [
    *(json.dumps(frame).encode() for frame in _FRAMES),
    *(json.dumps({**_FRAMES[0], "text": text}).encode() for text in ODD_TEXTS.values()),
    *(text.encode(errors="surrogatepass")[:2_000] for text in (*NO_JSON.values(), *NO_OBJECT.values())),
    *(f'{{"type": "message.send", "room": "r", "text": "{text}"}}'.encode() for text in LONE_SURROGATES.values()),
]


def try_one(data: bytes) -> None:
    text = data.decode(errors="replace")
    try:
        command = parse(text)
    except BadFrame as refused:
        assert TABLE[refused.code.name].close == 4400 or refused.code.status < 500, refused.code
        assert parse_send(text) is None, "what is no command is not heard at once"
        return
    quick = parse_send(text)
    assert quick is None or quick == command, "both readers read the same"
    json.dumps(command.model_dump(mode="json")).encode()
