"""Changing a stored message: the room is locked, actor and message are judged, one statement changes the row under the
room's next seq, and the room hears of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple
from uuid import UUID

from chat.commands.wording import message_id_of
from chat.delivery.rooms import RoomKey
from chat.events import COLUMNS, RoomEvent
from chat.policies import Access, Actor, check_may_write
from chat.publishing import announce
from kit.errors import MESSAGE_DELETED, MESSAGE_NOT_FOUND, ROOM_NOT_FOUND, ParleyError
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import schema_in_scope


class Stored(NamedTuple):
    """A message under its room's lock, and the room as the actor finds it. ``user_id`` is the author's."""

    access: Access
    id: UUID
    changed_seq: int
    user_id: str | None
    deleted: bool
    text: str
    data: dict[str, Any] | None
    reactions: list[dict[str, Any]]
    pinned: bool

    def check_not_deleted(self) -> None:
        """Raises ParleyError ``message_deleted``."""
        if self.deleted:
            raise ParleyError(MESSAGE_DELETED)


class Changed(NamedTuple):
    """``event`` is None where there was nothing to change."""

    before: Stored
    event: RoomEvent | None

    @property
    def id(self) -> UUID:
        return self.before.id

    @property
    def seq(self) -> int:
        """Of the message's latest change."""
        return self.before.changed_seq if self.event is None else self.event.changed_seq


Statement = tuple[str, dict[str, Any]]
Decide = Callable[[Stored], Statement | None]
"""Judges the actor, and says what is to be done: one that ``changing`` made, or None where nothing is."""


async def change(actor: Actor, room_id: str, message_id: str, decide: Decide) -> Changed:
    """Two statements in one transaction. What somebody changes who is shadow-blocked is left as it is.

    Raises ParleyError ``room_not_found``, ``message_not_found``, ``banned``, ``not_allowed``, ``room_archived``,
    ``room_frozen``, ``muted``, and what ``decide`` raises.
    """
    async with tenant_connection() as connection, connection.transaction():
        message = await _lock(connection, actor, room_id, message_id_of(message_id))
        statement = decide(message)
        if message.access.withheld:
            statement = None
        event = await _carry_out(connection, room_id, message.id, *statement) if statement else None
    if event is not None:
        await announce(RoomKey(schema_in_scope(), room_id), [event])
    return Changed(message, event)


async def _lock(connection: ScopedConnection, actor: Actor, room_id: str, message_id: UUID) -> Stored:
    cursor = await connection.execute(_LOCK, (room_id, message_id, actor.user_id))
    row = await cursor.fetchone()
    if row is None:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    access, message = Access(*row[:_OF_ACCESS]), row[_OF_ACCESS:]
    check_may_write(actor, room_id, access)
    if message[0] is None:
        raise ParleyError(MESSAGE_NOT_FOUND)
    return Stored(access, *message)


_OF_ACCESS = len(fields(Access))
_LOCK = """
    SELECT kind, role, archived, banned, frozen, muted, withheld, id, changed_seq, user_id, deleted, text, data,
        reactions, pinned
    FROM lock_message(%s::text, %s::uuid, %s::text)
"""


async def _carry_out(
    connection: ScopedConnection, room_id: str, message_id: UUID, statement: str, parameters: dict[str, Any]
) -> RoomEvent | None:
    cursor = await connection.execute(statement, {"room": room_id, "message": message_id, **parameters})
    row = await cursor.fetchone()
    return RoomEvent(room_id, *row) if row else None


def changing(assignments: str, *, before: str = "", condition: str = "true", event: str = "message.updated") -> str:
    """A statement that makes ``assignments`` to the row ``message`` in ``room``; None changes unless ``condition``
    holds. ``before``: what else it does, as CTEs. All of them are constants of the code, values are parameters."""
    return f"""
        WITH {before} counted AS (
            UPDATE chat_room SET last_seq = last_seq + 1 WHERE id = %(room)s::text AND {condition} RETURNING last_seq
        ), message AS (
            UPDATE chat_message SET changed_seq = counted.last_seq, {assignments}
            FROM counted WHERE id = %(message)s::uuid RETURNING chat_message.*
        ), told AS (
            INSERT INTO chat_outboxevent (type, room_id, message_id, seq)
            SELECT '{event}', room_id, id, changed_seq FROM message
            WHERE EXISTS (SELECT FROM chat_webhookendpoint WHERE enabled)
        )
        SELECT {COLUMNS} FROM message LEFT JOIN chat_user author ON author.id = message.user_id
    """  # noqa: S608 - constants of the code
