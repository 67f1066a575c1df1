"""Lists of a room that only some may see: its bans, its guest links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chat.policies import Access, Actor, check_token_names
from kit.errors import ROOM_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection


def list_of_room(page: str, order: str) -> str:
    """A statement for ``read_list``, of constants. ``page`` selects what is listed of the row ``room``, at most
    ``%(most)s``; its first column is never null. ``order``: of the columns of ``page``, once more."""
    return f"""
        SELECT room.kind, member.role, page.*
        FROM chat_room room
        LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s::text
        LEFT JOIN LATERAL ({page}) page ON true
        WHERE room.id = %(room)s::text
        ORDER BY {order}
    """  # noqa: S608 - constants


async def read_list(
    statement: str,
    actor: Actor,
    room_id: str,
    check: Callable[[Actor, Access], None],
    *,
    limit: int,
    **parameters: object,
) -> tuple[list[Sequence[Any]], bool]:
    """At most ``limit`` rows of a ``list_of_room``, and whether there are more.

    Raises ParleyError ``room_not_found``, ``not_allowed``, and what ``check`` raises.
    """
    check_token_names(actor, room_id)
    parameters |= {"room": room_id, "user": actor.user_id, "most": limit + 1}
    async with tenant_connection() as connection:
        cursor = await connection.execute(statement, parameters)
        rows = await cursor.fetchall()
    if not rows:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    kind, role, *_ = rows[0]
    check(actor, Access(kind, role))
    found = [each for _, _, *each in rows if each[0] is not None]
    return found[:limit], len(found) > limit
