"""The open room that every new tenant begins with."""

from __future__ import annotations

from typing import Any

from chat.models import Room


def create_first_room(cursor: Any) -> None:
    """Put ``general`` into the schema that ``cursor`` is in."""
    room = Room(id="general", name="General", topic="Everything and everyone")
    cursor.execute(
        "INSERT INTO chat_room (id, name, topic, epoch) VALUES (%s, %s, %s, %s)",
        (room.id, room.name, room.topic, room.epoch),
    )
