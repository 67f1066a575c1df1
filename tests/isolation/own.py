"""What a tenant of a play knows of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from tests.isolation.cast import Twin
from tests.support.sockets import Person


@dataclass
class Own:
    """A tenant, and what it has done so far. ``number`` tells it from the others: it says as many more messages."""

    twin: Twin
    number: int
    http: httpx.AsyncClient
    talkers: list[Person] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    tags: dict[str, str] = field(default_factory=dict)
    link: str = ""

    @property
    def name(self) -> str:
        return self.twin.schema_name
