"""The open room that every new tenant begins with."""

from __future__ import annotations

from typing import Any

from chat.models import Room
from tenants.slugs import slug_from


def create_first_room(cursor: Any, name: str) -> None:
    """Put a room of that name into the schema that ``cursor`` is in; ``General`` has the id ``general``."""
    room = Room(id=slug_from(name) or "general", name=name, topic="Everything and everyone")
    cursor.execute(
        "INSERT INTO chat_room (id, name, topic, epoch) VALUES (%s, %s, %s, %s)",
        (room.id, room.name, room.topic, room.epoch),
    )
