"""Guest links, and the guests that they let in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.policies import Actor, check_may_make_guest_links
from chat.queries.access import BLOCKED
from chat.queries.moderating import list_of_room, read_list
from kit.errors import NOT_ALLOWED, TOKEN_EXPIRED, TOKEN_INVALID, ParleyError
from tenants.connections import fetch_one, tenant_connection


@dataclass(frozen=True, slots=True)
class GuestLinkView:
    """``guests`` counts those who ever came, of whom there can be ``most_guests`` (None: any number)."""

    id: str
    name: str
    created_by: str | None
    created_at: datetime
    expires_at: datetime
    most_guests: int | None
    guests: int


GUESTS = "(SELECT count(*) FROM chat_user WHERE guest_link_id = link.id)"
"""How many came by the row ``link``."""

IN_FORCE = "(link.ended_at IS NULL AND link.expires_at > now())"
"""Whether the row ``link`` lets people in by now."""

GUEST_LINK = f"""
    link.id, link.name, link.created_by, link.created_at, link.expires_at, link.most_guests, {GUESTS} AS guests
"""
"""The columns of GuestLinkView, from ``chat_guestlink link``."""


async def guest_links(
    actor: Actor, room_id: str, *, limit: int, after: tuple[datetime, str] | None = None
) -> tuple[list[GuestLinkView], bool]:
    """A room's links that are in force, the newest first, and whether there are more. ``after`` is the last one's time
    and id.

    Raises ParleyError ``room_not_found`` or ``not_allowed``.
    """
    created_at, link_id = after or (None, None)
    rows, more = await read_list(
        _LINKS, actor, room_id, check_may_make_guest_links, limit=limit, created_at=created_at, id=link_id
    )
    return [GuestLinkView(*link) for link in rows], more


_LINKS = list_of_room(
    f"""
        SELECT {GUEST_LINK} FROM chat_guestlink link
        WHERE link.room_id = room.id AND {IN_FORCE} AND (%(created_at)s::timestamptz IS NULL
            OR (link.created_at, link.id) < (%(created_at)s::timestamptz, %(id)s::text))
        ORDER BY link.created_at DESC, link.id DESC LIMIT %(most)s
    """,  # noqa: S608 - constants
    "page.created_at DESC, page.id DESC",
)


@dataclass(frozen=True, slots=True)
class Doorway:
    """Where a link that is in force leads. ``full``: as many came as it lets in."""

    room_id: str
    room_name: str
    expires_at: datetime
    full: bool


async def doorway(link_id: str) -> Doorway | None:
    """None for a link that has expired or was revoked, or whose room is archived."""
    return await fetch_one(Doorway, _DOORWAY, {"id": link_id})


_DOORWAY = f"""
    SELECT room.id AS room_id, room.name AS room_name, link.expires_at,
        COALESCE({GUESTS} >= link.most_guests, false) AS full
    FROM chat_guestlink link JOIN chat_room room ON room.id = link.room_id
    WHERE link.id = %(id)s AND {IN_FORCE} AND room.archived_at IS NULL
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who came by a link and may still be here, in that one room. ``member``: and has not left it; ``since``
    when (Unix time)."""

    id: str
    name: str
    avatar: str
    link_id: str
    room_id: str
    expires_at: datetime
    member: bool
    since: float

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.name, self.avatar, frozenset({self.room_id}), is_guest=True, since=self.since)


async def guest(user_id: str) -> Guest:
    """One statement. Raises ParleyError ``token_invalid`` for who is no guest here, ``token_expired`` once the link is
    no longer in force, ``not_allowed`` for a deactivated or blocked guest."""
    async with tenant_connection() as connection:
        cursor = await connection.execute(_GUEST, {"user": user_id})
        row = await cursor.fetchone()
    if row is None:
        raise ParleyError(TOKEN_INVALID, "The session is not valid here.")
    *columns, in_force, active = row
    if not in_force:
        raise ParleyError(TOKEN_EXPIRED, "The guest link is no longer in force.")
    if not active:
        raise ParleyError(NOT_ALLOWED, "This user may not come in.")
    return Guest(*columns)


_GUEST = f"""
    SELECT person.id, person.name, person.avatar, link.id, link.room_id, link.expires_at,
        EXISTS (SELECT FROM chat_member WHERE room_id = link.room_id AND user_id = person.id),
        extract(epoch FROM person.created_at)::float8, {IN_FORCE}, person.deactivated_at IS NULL AND NOT {BLOCKED}
    FROM chat_user person JOIN chat_guestlink link ON link.id = person.guest_link_id
    WHERE person.id = %(user)s
"""  # noqa: S608 - a constant
