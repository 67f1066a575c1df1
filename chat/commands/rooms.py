"""Making rooms and changing them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from chat.commands.auditing import record_act
from chat.commands.locking import lock_room
from chat.commands.recording import record_event
from chat.delivery.rooms import RoomKey
from chat.models import MemberRole, Room, RoomKind
from chat.policies import Actor, check_may_update_room
from chat.publishing import announce
from kit.errors import INVALID, NOT_ALLOWED, ROOM_EXISTS, USER_NOT_FOUND, ParleyError
from tenants.allowances import check_count, limits_in_scope
from tenants.connections import ScopedConnection, tenant_connection
from tenants.maintenance import check_open
from tenants.scope import schema_in_scope

_MOST_DIRECT = 20


@dataclass(frozen=True, slots=True)
class MadeRoom:
    """``is_new`` is False when a direct conversation of the same people was there already."""

    id: str
    is_new: bool


async def create_room(
    actor: Actor,
    *,
    room_id: str | None = None,
    kind: str = RoomKind.OPEN,
    name: str = "",
    topic: str = "",
    picture: str = "",
    data: Mapping[str, Any] | None = None,
    member_ids: Sequence[str] = (),
    recorded: bool = True,
) -> MadeRoom:
    """A room with its first members; whoever makes it owns it. What the server makes is in the audit log, unless the
    caller records it (``recorded``).

    Raises ParleyError ``room_exists``, ``user_not_found``, ``not_allowed``, ``invalid``, ``maintenance``,
    ``plan_limit_reached``.
    """
    check_open()
    if actor.rooms is not None:
        raise ParleyError(NOT_ALLOWED, "A token for certain rooms makes no others.")
    people = list(dict.fromkeys([*([actor.user_id] if actor.user_id else []), *member_ids]))
    direct_key = _direct_key(people) if kind == RoomKind.DIRECT else None
    room = Room(kind=kind, name=name, topic=topic, picture=picture, data=data, direct_key=direct_key)
    if room_id is not None:
        room.id = room_id
    try:
        async with tenant_connection() as connection, connection.transaction():
            await _check_is_heard(connection, actor)
            await _check_people(connection, people)
            await _insert(connection, room, actor)
            await _insert_members(connection, room, people, actor)
            await _check_room_left(connection)
    except UniqueViolation as taken:
        if direct_key is not None and "direct_key" in (taken.diag.constraint_name or ""):
            return MadeRoom(await _direct_room(direct_key), is_new=False)
        raise ParleyError(ROOM_EXISTS, f"There is a room {room.id!r} already.") from None
    if recorded and actor.is_server:
        after = {"name": name, "kind": kind, "members": people}
        await record_act(actor, "room.created", f"room:{room.id}", after=after)
    return MadeRoom(room.id, is_new=True)


def _direct_key(people: Sequence[str]) -> str:
    """The same set of people, the same key."""
    if not 1 <= len(people) <= _MOST_DIRECT:
        raise ParleyError(
            INVALID,
            f"A direct conversation is for 1 to {_MOST_DIRECT} people.",
            errors=[{"field": "members", "code": "count"}],
        )
    return hashlib.sha256("\x00".join(sorted(people)).encode()).hexdigest()


async def _check_is_heard(connection: ScopedConnection, actor: Actor) -> None:
    """A room's name is words as well, and those whom it is made with would read it."""
    shadow = "SELECT FROM chat_block WHERE user_id = %s AND shadow AND (until IS NULL OR until > now())"
    if actor.user_id and (await connection.execute(shadow, (actor.user_id,))).rowcount:
        raise ParleyError(NOT_ALLOWED, "This user makes no rooms.")


async def _check_people(connection: ScopedConnection, people: Sequence[str]) -> None:
    cursor = await connection.execute(
        "SELECT given FROM unnest(%s::text[]) given WHERE NOT EXISTS (SELECT FROM chat_user WHERE id = given)",
        (list(people),),
    )
    unknown = await cursor.fetchone()
    if unknown:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {unknown[0]!r}.")


async def _insert(connection: ScopedConnection, room: Room, actor: Actor) -> None:
    await connection.execute(
        "INSERT INTO chat_room (id, kind, name, topic, picture, data, epoch, direct_key, created_by_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            room.id,
            str(room.kind),
            room.name,
            room.topic,
            room.picture,
            _stored(room.data),
            room.epoch,
            room.direct_key,
            actor.user_id,
        ),
    )


async def _insert_members(connection: ScopedConnection, room: Room, people: Sequence[str], actor: Actor) -> None:
    equal = room.kind == RoomKind.DIRECT
    roles = [str(MemberRole.OWNER if person == actor.user_id and not equal else MemberRole.MEMBER) for person in people]
    await connection.execute(
        "INSERT INTO chat_member (room_id, user_id, role) SELECT %s, * FROM unnest(%s::text[], %s::text[])",
        (room.id, list(people), roles),
    )


async def _check_room_left(connection: ScopedConnection) -> None:
    """Behind the insert, one transaction at a time: each counts what those before it left."""
    limits = limits_in_scope()
    if limits is None or limits.rooms is None:
        return
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema || ':rooms', 0))")
    cursor = await connection.execute("SELECT count(*) FROM chat_room WHERE archived_at IS NULL")
    [(rooms,)] = await cursor.fetchall()
    check_count(rooms, limits.rooms, "rooms that are not archived")


async def _direct_room(direct_key: str) -> str:
    async with tenant_connection() as connection:
        cursor = await connection.execute("SELECT id FROM chat_room WHERE direct_key = %s", (direct_key,))
        row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def update_room(actor: Actor, room_id: str, changes: Mapping[str, Any]) -> None:
    """Change some of ``name``, ``topic``, ``picture``, ``data``, ``frozen``, ``slow_seconds`` and ``archived``. The
    room hears of those that are others now, and the audit log of what the server changes or what moderates. What
    somebody changes who is shadow-blocked is left as it is.

    Raises ParleyError ``room_not_found``, ``not_allowed``, ``room_archived``, ``muted``, ``maintenance``,
    ``plan_limit_reached`` (another room than the archived ones).
    """
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, actor, room_id)
        check_may_update_room(actor, room.access, changes)
        changed = {name: value for name, value in changes.items() if _json(value) != _json(room.settings[name])}
        if not changed or room.access.withheld:
            return
        settings = {**room.settings, **changed}
        await connection.execute(_UPDATE, {**settings, "data": _stored(settings["data"]), "room": room_id})
        if changed.get("archived") is False:
            await _check_room_left(connection)
        event = await record_event(connection, room_id, "room.updated", actor.user_id, changed)
    await announce(RoomKey(schema_in_scope(), room_id), [event])
    if actor.is_server or changed.keys() & _MODERATING:
        before = {name: room.settings[name] for name in changed}
        await record_act(actor, _action(changed), f"room:{room_id}", before=before, after=changed)


_MODERATING = frozenset({"frozen", "slow_seconds"})


def _action(changed: Mapping[str, Any]) -> str:
    match dict(changed):
        case {"archived": archived, **others} if not others:
            return "room.archived" if archived else "room.restored"
        case {"frozen": frozen, **others} if not others:
            return "room.frozen" if frozen else "room.unfrozen"
    return "room.changed"


def _json(value: Any) -> str:
    """The same for what is the same in JSON, where 1 and true are not."""
    return json.dumps(value, sort_keys=True)


def _stored(data: Mapping[str, Any] | None) -> Jsonb | None:
    return None if data is None else Jsonb(data)


_UPDATE = """
    UPDATE chat_room SET name = %(name)s, topic = %(topic)s, picture = %(picture)s, data = %(data)s,
        slow_seconds = %(slow_seconds)s,
        frozen_at = CASE WHEN %(frozen)s THEN COALESCE(frozen_at, now()) END,
        archived_at = CASE WHEN %(archived)s THEN COALESCE(archived_at, now()) END
    WHERE id = %(room)s
"""


async def archive_room(actor: Actor, room_id: str) -> None:
    """Nothing is written there any more; members go on reading. Raises as ``update_room`` does."""
    await update_room(actor, room_id, {"archived": True})
