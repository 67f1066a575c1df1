"""A room to try texts in, and how they are put into a request and sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server
from tests.support.server import LiveServer
from tests.support.uploads import hand_in, image

TEXT, FRESH = "\ue000text", "\ue000fresh"
"""In a row's body: where the text goes, and where something goes that no request had before."""
TREE = {"a": TEXT, TEXT: [1, {"b": TEXT}], "c": {TEXT: None}}
"""Custom data with the text in it, as value and as name."""
NOBODY_LISTENS = "http://127.0.0.1:9/"


@dataclass
class Stage:
    """A room of its own, with ``ann`` in it and a ``message`` of hers, in a tenant that others use as well."""

    live: LiveServer
    tenant: Tenancy

    def __post_init__(self) -> None:
        self.server = as_server(self.live, self.tenant)
        self.ask("PUT", "/users", {"users": [{"id": "ann"}, {"id": "ben"}]})
        self.room = self.ask("POST", "/rooms", {"members": ["ann"]}).json["id"]
        self.message = self.ask("POST", f"/rooms/{self.room}/messages", {"text": "hello", "user": "ann"}).json["id"]

    def ask(self, method: str, path: str, body: Any = None, client: Client | None = None) -> Answer:
        content = {} if body is None else {"body": encoded(body), "Content-Type": "application/json"}
        return (client or self.server).ask(method, f"/api/v1{path.format_map(_Places(self))}", **content)

    def get(self, path: str) -> Any:
        return self.ask("GET", path).json

    def said(self) -> dict[str, Any]:
        """The latest message of the room."""
        found: dict[str, Any] = self.get("/rooms/{room}/messages?limit=1")["data"][0]
        return found

    @cached_property
    def upload(self) -> str:
        return str(hand_in(self.server, image(), user="ann").json["id"])

    @cached_property
    def webhook(self) -> str:
        return str(self.ask("POST", "/webhooks", {"url": NOBODY_LISTENS}).json["id"])


class _Places(dict[str, str]):
    """What stands in a path's places, made when it is needed; an id of nothing for what the stage does not have."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(user="ben", emoji=quote("👍"))
        self._stage = stage

    def __missing__(self, key: str) -> str:
        return str(getattr(self._stage, key, "nothing"))


def encoded(value: Any) -> bytes:
    """JSON with every character as it is; of lone surrogates, which UTF-8 does not have, escapes."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def filled(pattern: Any, text: str) -> Any:
    """The pattern with the text in its place."""
    match pattern:
        case str():
            return {TEXT: text, FRESH: uuid4().hex}.get(pattern, pattern)
        case dict():
            return {filled(name, text): filled(value, text) for name, value in pattern.items()}
        case list():
            return [filled(value, text) for value in pattern]
    return pattern
