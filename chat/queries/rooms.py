"""Rooms as one person finds them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chat.policies import Access, Actor, check_may_read
from chat.queries.access import BANNED
from kit.errors import ROOM_NOT_FOUND, ParleyError
from tenants.connections import fetch_all

MOST_UNREAD = 100


@dataclass(frozen=True, slots=True)
class RoomHead:
    """A line of ``hello``."""

    id: str
    last_seq: int
    read_seq: int


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room with the viewer's place in it. ``unread`` counts others' messages and ``mentions`` those of them that name
    the viewer, each up to ``MOST_UNREAD``."""

    id: str
    kind: str
    name: str
    topic: str
    picture: str
    data: dict[str, Any] | None
    epoch: str
    last_seq: int
    created_at: datetime
    active_at: datetime
    archived: bool
    frozen: bool
    slow_seconds: int
    member_count: int
    role: str | None
    muted: bool
    banned: bool
    read_seq: int
    unread: int
    mentions: int
    last_message: dict[str, Any] | None

    @property
    def member(self) -> bool:
        return self.role is not None


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """Which rooms are wanted; None: either way. ``name`` is looked for anywhere in a room's name, whatever the case."""

    kind: str | None = None
    member: bool | None = None
    archived: bool = False
    name: str | None = None
    active_since: datetime | None = None


_UNFILTERED = RoomFilter()


async def rooms_for(
    actor: Actor, wanted: RoomFilter = _UNFILTERED, *, limit: int, after: tuple[datetime, str] | None = None
) -> tuple[list[RoomView], bool]:
    """The rooms that the actor may read, the latest active first, and whether there are more.

    ``after`` continues behind the room that was active then and has that id.
    """
    parameters = {
        **_viewer(actor),
        **asdict(wanted),
        "only": None,
        "after_at": after[0] if after else None,
        "after_id": after[1] if after else None,
        "most": limit + 1,
    }
    rows = await _fetch(parameters)
    return rows[:limit], len(rows) > limit


async def room_for(actor: Actor, room_id: str) -> RoomView:
    """Raises ParleyError ``room_not_found``, ``banned`` or ``not_allowed``."""
    parameters = {
        **_viewer(actor),
        **asdict(_UNFILTERED),
        "server": True,  # read first, judge then: a refusal is no absence
        "named": None,
        "only": room_id,
        "after_at": None,
        "after_id": None,
        "most": 1,
    }
    rows = await _fetch(parameters)
    if not rows:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    check_may_read(actor, room_id, Access(rows[0].kind, rows[0].role, banned=rows[0].banned))
    return rows[0]


def _viewer(actor: Actor) -> dict[str, Any]:
    named = sorted(actor.rooms) if actor.rooms is not None else None
    return {"user": actor.user_id, "server": actor.is_server, "named": named, "most_unread": MOST_UNREAD}


async def _fetch(parameters: dict[str, Any]) -> list[RoomView]:
    return await fetch_all(RoomView, _ROOMS, parameters)


_NAME = """
    CASE WHEN room.kind = 'direct' AND room.name = '' THEN COALESCE((
        SELECT string_agg(other.name, ', ' ORDER BY other.name)
        FROM chat_member peer JOIN chat_user other ON other.id = peer.user_id
        WHERE peer.room_id = room.id AND peer.user_id IS DISTINCT FROM %(user)s::text
    ), '') ELSE room.name END
"""
"""A conversation without a name is called by the others in it."""

_FRESH = """
    SELECT FROM chat_message
    WHERE room.member_id IS NOT NULL AND room_id = room.id AND seq > room.read_seq AND kind IN ('message', 'system')
        AND user_id IS DISTINCT FROM %(user)s::text AND deleted_at IS NULL
"""
"""What a member has not read of what others said."""

# First the page, then what each room on it costs to look up.
_ROOMS = f"""
    WITH page AS MATERIALIZED (
        SELECT room.*, member.id AS member_id, member.role, COALESCE(member.muted, false) AS muted,
            COALESCE(member.read_seq, 0) AS read_seq, {BANNED} AS banned
        FROM chat_room room
        LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s::text
        WHERE (room.id = %(only)s::text OR %(only)s::text IS NULL
                AND (room.archived_at IS NOT NULL) = %(archived)s::bool
                AND (%(kind)s::text IS NULL OR room.kind = %(kind)s::text)
                AND (%(member)s::bool IS NULL OR (member.id IS NOT NULL) = %(member)s::bool)
                AND (%(active_since)s::timestamptz IS NULL OR room.active_at >= %(active_since)s::timestamptz)
                AND (%(name)s::text IS NULL OR strpos(lower({_NAME}), lower(%(name)s::text)) > 0)
                AND NOT {BANNED})
            AND (%(named)s::text[] IS NULL OR room.id = ANY(%(named)s::text[]))
            AND (%(server)s::bool OR room.kind = 'open' OR member.id IS NOT NULL)
            AND (%(after_at)s::timestamptz IS NULL
                OR (room.active_at, room.id) < (%(after_at)s::timestamptz, %(after_id)s::text))
        ORDER BY room.active_at DESC, room.id DESC
        LIMIT %(most)s
    )
    SELECT room.id, room.kind, {_NAME} AS name, room.topic, room.picture, room.data, room.epoch, room.last_seq,
        room.created_at, room.active_at, room.archived_at IS NOT NULL AS archived,
        room.frozen_at IS NOT NULL AS frozen, room.slow_seconds, room.role, room.muted, room.banned, room.read_seq,
        (SELECT count(*) FROM chat_member WHERE room_id = room.id) AS member_count,
        unread.count AS unread, mentions.count AS mentions, last.message AS last_message
    FROM page room
    CROSS JOIN LATERAL (SELECT count(*) FROM ({_FRESH} LIMIT %(most_unread)s) few) unread
    CROSS JOIN LATERAL (
        SELECT count(*) FROM (
            {_FRESH} AND (mentions_room OR mentions <> '{{}}') AND (mentions_room OR %(user)s::text = ANY (mentions))
            LIMIT %(most_unread)s
        ) few
    ) mentions
    LEFT JOIN LATERAL (
        SELECT json_build_object('user_name', author.name, 'text', left(latest.text, 200),
            'created_at', latest.created_at) AS message
        FROM chat_message latest LEFT JOIN chat_user author ON author.id = latest.user_id
        WHERE latest.room_id = room.id AND latest.kind IN ('message', 'system') AND latest.deleted_at IS NULL
        ORDER BY latest.seq DESC LIMIT 1
    ) last ON true
    ORDER BY room.active_at DESC, room.id DESC
"""  # noqa: S608 - what stands in it are constants
