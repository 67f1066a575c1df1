"""Users and members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from kit.errors import USER_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection


@dataclass(frozen=True, slots=True)
class UserView:
    id: str
    name: str
    avatar: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MemberView:
    id: str
    name: str
    avatar: str
    role: str
    read_seq: int
    joined_at: datetime


async def users(*, limit: int, after: tuple[str, str] | None = None) -> tuple[list[UserView], bool]:
    """Active users by name, and whether there are more. ``after`` is the last one's name and id."""
    name, user_id = after or (None, None)
    async with (
        tenant_connection() as connection,
        connection.cursor(row_factory=class_row(UserView)) as cursor,
    ):
        await cursor.execute(_USERS, {"name": name, "id": user_id, "most": limit + 1})
        rows = await cursor.fetchall()
    return rows[:limit], len(rows) > limit


_USERS = """
    SELECT id, name, avatar, created_at FROM chat_user
    WHERE deactivated_at IS NULL
        AND (%(name)s::text IS NULL OR (name, id) > (%(name)s::text, %(id)s::text))
    ORDER BY name, id LIMIT %(most)s
"""


async def user(user_id: str) -> UserView:
    """Raises ParleyError ``user_not_found``."""
    async with (
        tenant_connection() as connection,
        connection.cursor(row_factory=class_row(UserView)) as cursor,
    ):
        await cursor.execute("SELECT id, name, avatar, created_at FROM chat_user WHERE id = %s", (user_id,))
        found = await cursor.fetchone()
    if found is None:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
    return found


async def members(room_id: str, *, limit: int, after: str | None = None) -> tuple[list[MemberView], bool]:
    """A room's members by id, and whether there are more. The caller has checked that the room may be read."""
    async with (
        tenant_connection() as connection,
        connection.cursor(row_factory=class_row(MemberView)) as cursor,
    ):
        await cursor.execute(_MEMBERS, {"room": room_id, "after": after or "", "most": limit + 1})
        rows = await cursor.fetchall()
    return rows[:limit], len(rows) > limit


_MEMBERS = """
    SELECT person.id, person.name, person.avatar, member.role, member.read_seq, member.joined_at
    FROM chat_member member JOIN chat_user person ON person.id = member.user_id
    WHERE member.room_id = %(room)s AND member.user_id > %(after)s
    ORDER BY member.user_id LIMIT %(most)s
"""
