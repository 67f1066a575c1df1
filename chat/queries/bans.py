"""The bans of a room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.policies import Access, Actor, check_may_moderate, check_token_names
from kit.errors import ROOM_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection


@dataclass(frozen=True, slots=True)
class BanView:
    user: dict[str, Any]
    reason: str
    until: datetime | None
    banned_by: str | None
    created_at: datetime


async def bans(actor: Actor, room_id: str, *, limit: int, after: str | None = None) -> tuple[list[BanView], bool]:
    """Those that hold now, by user, and whether there are more.

    Raises ParleyError ``room_not_found`` or ``not_allowed``.
    """
    check_token_names(actor, room_id)
    parameters = {"room": room_id, "user": actor.user_id, "after": after or "", "most": limit + 1}
    async with tenant_connection() as connection:
        cursor = await connection.execute(_BANS, parameters)
        rows = await cursor.fetchall()
    if not rows:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    kind, role, *_ = rows[0]
    check_may_moderate(actor, Access(kind, role))
    found = [BanView(*ban) for _, _, *ban in rows if ban[0] is not None]
    return found[:limit], len(found) > limit


_BANS = """
    SELECT room.kind, member.role, page.*
    FROM chat_room room
    LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s::text
    LEFT JOIN LATERAL (
        SELECT json_build_object('id', person.id, 'name', person.name, 'avatar', NULLIF(person.avatar, '')) AS user,
            ban.reason, ban.until, ban.banned_by, ban.created_at
        FROM chat_ban ban JOIN chat_user person ON person.id = ban.user_id
        WHERE ban.room_id = room.id AND ban.user_id > %(after)s::text AND (ban.until IS NULL OR ban.until > now())
        ORDER BY ban.user_id LIMIT %(most)s
    ) page ON true
    WHERE room.id = %(room)s::text
    ORDER BY page."user" ->> 'id'
"""
