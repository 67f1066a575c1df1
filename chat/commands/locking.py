"""The room that a command is about, its row locked, and the people concerned as they stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from chat.policies import Access, Actor, check_token_names
from kit.errors import ROOM_NOT_FOUND, USER_NOT_FOUND, ParleyError
from tenants.connections import ScopedConnection
from tenants.maintenance import check_open


class Place(NamedTuple):
    """Somebody in a room. ``role`` is None for who is no member, ``exists`` is False for who is no user. ``withheld``:
    who is shadow-blocked."""

    exists: bool
    role: str | None
    banned: bool
    muted: bool
    withheld: bool


class LockedRoom(NamedTuple):
    """``access`` is the actor's, ``places`` are of those asked for, ``settings`` what can be changed of a room."""

    access: Access
    places: Mapping[str, Place]
    settings: Mapping[str, Any]

    def place_of(self, user_id: str) -> Place:
        """Raises ParleyError ``user_not_found``."""
        place = self.places[user_id]
        if not place.exists:
            raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
        return place


_STRANGER = Place(exists=False, role=None, banned=False, muted=False, withheld=False)


async def lock_room(connection: ScopedConnection, actor: Actor, room_id: str, *user_ids: str) -> LockedRoom:
    """Hold the room until the caller's transaction ends. Two statements: what the second one sees is younger than the
    lock.

    Raises ParleyError ``room_not_found``, ``not_allowed`` (the token names other rooms), ``maintenance``.
    """
    check_open()
    check_token_names(actor, room_id)
    settings = await _settings(connection, room_id)
    places = await _places(connection, room_id, [*user_ids, *([actor.user_id] if actor.user_id else [])])
    own = places.get(actor.user_id or "", _STRANGER)
    access = Access(
        settings["kind"], own.role, settings["archived"], own.banned, settings["frozen"], own.muted, own.withheld
    )
    return LockedRoom(access, places, settings)


async def _settings(connection: ScopedConnection, room_id: str) -> dict[str, Any]:
    cursor = await connection.execute(_LOCK, (room_id,))
    row = await cursor.fetchone()
    if row is None:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    return dict(zip(_SETTINGS, row, strict=True))


_SETTINGS = ("kind", "name", "topic", "picture", "data", "slow_seconds", "frozen", "archived")
_LOCK = """
    SELECT kind, name, topic, picture, data, slow_seconds, frozen_at IS NOT NULL, archived_at IS NOT NULL
    FROM chat_room WHERE id = %s FOR NO KEY UPDATE
"""


async def _places(connection: ScopedConnection, room_id: str, user_ids: list[str]) -> dict[str, Place]:
    if not user_ids:
        return {}
    cursor = await connection.execute(_PLACES, {"room": room_id, "users": user_ids})
    return {user_id: Place(*place) for user_id, *place in await cursor.fetchall()}


_PLACES = """
    SELECT given.id, person.id IS NOT NULL, member.role, ban.id IS NOT NULL, mute.user_id IS NOT NULL,
        block.user_id IS NOT NULL
    FROM unnest(%(users)s::text[]) given (id)
    LEFT JOIN LATERAL (SELECT id FROM chat_user WHERE id = given.id LIMIT 1) person ON true
    LEFT JOIN LATERAL (
        SELECT role FROM chat_member WHERE room_id = %(room)s::text AND user_id = given.id LIMIT 1
    ) member ON true
    LEFT JOIN LATERAL (
        SELECT id FROM chat_ban WHERE room_id = %(room)s::text AND user_id = given.id
            AND (until IS NULL OR until > now()) LIMIT 1
    ) ban ON true
    LEFT JOIN LATERAL (
        SELECT user_id FROM chat_mute WHERE room_id = %(room)s::text AND user_id = given.id
            AND (until IS NULL OR until > now()) LIMIT 1
    ) mute ON true
    LEFT JOIN LATERAL (
        SELECT user_id FROM chat_block WHERE user_id = given.id AND shadow AND (until IS NULL OR until > now()) LIMIT 1
    ) block ON true
"""
