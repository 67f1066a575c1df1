"""The bans of a room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.policies import Actor, check_may_moderate
from chat.queries.moderating import list_of_room, read_list


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
    rows, more = await read_list(_BANS, actor, room_id, check_may_moderate, limit=limit, after=after or "")
    return [BanView(*ban) for ban in rows], more


_BANS = list_of_room(
    """
        SELECT json_build_object('id', person.id, 'name', person.name, 'avatar', NULLIF(person.avatar, '')) AS user,
            ban.reason, ban.until, ban.banned_by, ban.created_at
        FROM chat_ban ban JOIN chat_user person ON person.id = ban.user_id
        WHERE ban.room_id = room.id AND ban.user_id > %(after)s::text AND (ban.until IS NULL OR ban.until > now())
        ORDER BY ban.user_id LIMIT %(most)s
    """,
    """page."user" ->> 'id'""",
)
