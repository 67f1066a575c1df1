"""Users coming in: made or brought up to date by what their token or account says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chat.queries.rooms import RoomHead
from kit.errors import NOT_ALLOWED, ParleyError
from tenants.connections import ScopedConnection, tenant_connection

_MOST_HELLO_ROOMS = 200


@dataclass(frozen=True, slots=True)
class Entered:
    """A user who is in, and the rooms that the user is a member of, the latest active first."""

    id: str
    name: str
    avatar: str
    rooms: list[RoomHead]


async def enter(
    user_id: str, *, name: str | None = None, avatar: str | None = None, account_id: str | None = None
) -> Entered:
    """Make or update the user: a name or picture that is None stays as it was. One statement.

    Raises ParleyError ``not_allowed`` for a deactivated user.
    """
    parameters = {
        "id": user_id,
        "name": name,
        "avatar": avatar,
        "account": account_id,
        "most": _MOST_HELLO_ROOMS,
    }
    async with tenant_connection() as connection:
        # None only when another connection made the user in between: then it is there now.
        row = await _enter(connection, parameters) or await _enter(connection, parameters)
    if row is None or row[3]:
        raise ParleyError(NOT_ALLOWED, "This user is deactivated.")
    rooms = [RoomHead(room["id"], room["last_seq"], room["read_seq"]) for room in row[4]]
    return Entered(row[0], row[1], row[2], rooms)


async def _enter(connection: ScopedConnection, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    cursor = await connection.execute(_ENTER, parameters)
    row: tuple[Any, ...] | None = await cursor.fetchone()
    return row


_ENTER = """
    WITH saved AS (
        INSERT INTO chat_user AS before (id, name, avatar, account_id)
        VALUES (%(id)s::text, COALESCE(%(name)s::text, left(%(id)s::text, 120)), COALESCE(%(avatar)s::text, ''),
            %(account)s::text)
        ON CONFLICT (id) DO UPDATE SET
            name = COALESCE(%(name)s::text, before.name),
            avatar = COALESCE(%(avatar)s::text, before.avatar)
        WHERE before.name IS DISTINCT FROM COALESCE(%(name)s::text, before.name)
            OR before.avatar IS DISTINCT FROM COALESCE(%(avatar)s::text, before.avatar)
        RETURNING id, name, avatar, deactivated_at
    ), me AS (
        SELECT * FROM saved
        UNION ALL
        SELECT id, name, avatar, deactivated_at FROM chat_user
        WHERE id = %(id)s::text AND NOT EXISTS (SELECT FROM saved)
    )
    SELECT me.id, me.name, me.avatar, me.deactivated_at IS NOT NULL, COALESCE((
        SELECT json_agg(mine) FROM (
            SELECT room.id, room.last_seq, member.read_seq
            FROM chat_member member JOIN chat_room room ON room.id = member.room_id
            WHERE member.user_id = me.id AND room.archived_at IS NULL
            ORDER BY room.active_at DESC LIMIT %(most)s
        ) mine), '[]'::json)
    FROM me
"""
