"""Users and members."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chat.queries.presence import ONLINE
from kit.errors import USER_NOT_FOUND, ParleyError
from tenants.connections import fetch_all, fetch_one, tenant_connection


@dataclass(frozen=True, slots=True)
class UserView:
    """``last_seen`` is when the last socket of a visible user was closed. Who is not ``active`` may not come in."""

    id: str
    name: str
    avatar: str
    created_at: datetime
    active: bool
    online: bool
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class MemberView:
    id: str
    name: str
    avatar: str
    role: str
    read_seq: int
    joined_at: datetime
    online: bool
    last_seen: datetime | None


_SEEN = f"{ONLINE} AS online, person.last_seen_at AS last_seen"
USER = f"person.id, person.name, person.avatar, person.created_at, person.deactivated_at IS NULL AS active, {_SEEN}"
"""The columns of UserView, from ``chat_user person``."""


async def users(*, limit: int, after: tuple[str, str] | None = None) -> tuple[list[UserView], bool]:
    """Active users by name, and whether there are more. ``after`` is the last one's name and id."""
    name, user_id = after or (None, None)
    rows = await fetch_all(UserView, _USERS, {"name": name, "id": user_id, "most": limit + 1})
    return rows[:limit], len(rows) > limit


_USERS = f"""
    SELECT {USER} FROM chat_user person
    WHERE deactivated_at IS NULL
        AND (%(name)s::text IS NULL OR (name, id) > (%(name)s::text, %(id)s::text))
    ORDER BY name, id LIMIT %(most)s
"""  # noqa: S608 - USER is a constant


async def user(user_id: str) -> UserView:
    """Raises ParleyError ``user_not_found``."""
    query = f"SELECT {USER} FROM chat_user person WHERE id = %(id)s"  # noqa: S608 - USER is a constant
    found = await fetch_one(UserView, query, {"id": user_id})
    if found is None:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a user may be here: tokens issued before ``revoked_before`` (Unix time) are void."""

    active: bool
    revoked_before: float


async def standings(user_ids: Collection[str]) -> dict[str, Standing]:
    """Of those users who were ever revoked, or are deactivated."""
    async with tenant_connection() as connection:
        cursor = await connection.execute(_STANDINGS, (list(user_ids),))
        return {user_id: Standing(active, before) for user_id, active, before in await cursor.fetchall()}


_STANDINGS = """
    SELECT id, deactivated_at IS NULL, COALESCE(extract(epoch FROM revoked_before), 0)::float8 FROM chat_user
    WHERE id = ANY(%s::text[]) AND (deactivated_at IS NOT NULL OR revoked_before IS NOT NULL)
"""


async def members(room_id: str, *, limit: int, after: str | None = None) -> tuple[list[MemberView], bool]:
    """A room's members by id, and whether there are more. The caller has checked that the room may be read."""
    rows = await fetch_all(MemberView, _MEMBERS, {"room": room_id, "after": after or "", "most": limit + 1})
    return rows[:limit], len(rows) > limit


_MEMBERS = f"""
    SELECT person.id, person.name, person.avatar, member.role, member.read_seq, member.joined_at, {_SEEN}
    FROM chat_member member JOIN chat_user person ON person.id = member.user_id
    WHERE member.room_id = %(room)s AND member.user_id > %(after)s
    ORDER BY member.user_id LIMIT %(most)s
"""  # noqa: S608 - a constant
