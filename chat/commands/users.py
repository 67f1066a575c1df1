"""Users coming in: made or brought up to date by what their token or account says; and their tokens made void."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from chat.commands.auditing import record_act
from chat.policies import SERVER
from chat.queries.access import BLOCKED
from chat.queries.people import digest_of
from chat.queries.rooms import RoomHead
from kit.errors import NOT_ALLOWED, TOKEN_INVALID, ParleyError
from tenants.connections import ScopedConnection, tenant_connection

_MOST_HELLO_ROOMS = 200


@dataclass(frozen=True, slots=True)
class Entered:
    """A user who is in ``since`` then (Unix time), and the rooms that the user is a member of, the latest active
    first. ``saved``: whether the user was ``created`` or ``changed`` by that; None for neither."""

    id: str
    name: str
    avatar: str
    since: float
    rooms: list[RoomHead]
    saved: Literal["created", "changed"] | None = None


async def enter(
    user_id: str,
    *,
    name: str | None = None,
    avatar: str | None = None,
    account_id: str | None = None,
    issued_at: float = math.inf,
) -> Entered:
    """Make or update the user: a name or picture that is None stays as it was. One statement.

    ``issued_at`` is of the user's token (Unix time); who comes without one is not touched by a revocation. Raises
    ParleyError ``not_allowed`` for a deactivated or blocked user, ``token_invalid`` for a token from before a
    revocation, or before the user was erased.
    """
    parameters = {
        "id": user_id,
        "digest": digest_of(user_id),
        "name": name,
        "avatar": avatar,
        "account": account_id,
        "issued_at": issued_at,
        "most": _MOST_HELLO_ROOMS,
    }
    async with tenant_connection() as connection:
        # None only when another connection made the user in between: then it is there now.
        row = await _enter(connection, parameters) or await _enter(connection, parameters)
    if row is None:
        raise ParleyError(TOKEN_INVALID, "The user token is from before its user was erased.")
    found_id, found_name, found_avatar, since, deactivated, blocked, revoked, rooms, saved = row
    if deactivated:
        raise ParleyError(NOT_ALLOWED, "This user is deactivated.")
    if blocked:
        raise ParleyError(NOT_ALLOWED, "This user is blocked.")
    if revoked:
        raise ParleyError(TOKEN_INVALID, "The user token was revoked.")
    return Entered(found_id, found_name, found_avatar, since, [RoomHead(**room) for room in rooms], saved)


async def _enter(connection: ScopedConnection, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    cursor = await connection.execute(_ENTER, parameters)
    row: tuple[Any, ...] | None = await cursor.fetchone()
    return row


_REVOKED = "COALESCE(extract(epoch FROM revoked_before) > %(issued_at)s::float8, false)"
_ENTER = f"""
    WITH erased AS (
        SELECT EXISTS (SELECT FROM chat_erasure WHERE digest = %(digest)s::text
            AND extract(epoch FROM ended_at) > %(issued_at)s::float8) AS erased
    ), saved AS (
        INSERT INTO chat_user AS before (id, name, avatar, account_id)
        SELECT %(id)s::text, COALESCE(%(name)s::text, left(%(id)s::text, 120)), COALESCE(%(avatar)s::text, ''),
            %(account)s::text
        FROM erased WHERE NOT erased
        ON CONFLICT (id) DO UPDATE SET
            name = COALESCE(%(name)s::text, before.name),
            avatar = COALESCE(%(avatar)s::text, before.avatar)
        WHERE (before.name IS DISTINCT FROM COALESCE(%(name)s::text, before.name)
                OR before.avatar IS DISTINCT FROM COALESCE(%(avatar)s::text, before.avatar))
            AND before.deactivated_at IS NULL AND NOT {_REVOKED.replace("revoked_before", "before.revoked_before")}
        RETURNING id, name, avatar, created_at, deactivated_at, revoked_before,
            CASE WHEN xmax = 0 THEN 'created' ELSE 'changed' END AS saved
    ), me AS (
        SELECT * FROM saved
        UNION ALL
        SELECT id, name, avatar, created_at, deactivated_at, revoked_before, NULL FROM chat_user
        WHERE id = %(id)s::text AND NOT EXISTS (SELECT FROM saved)
    )
    SELECT person.id, person.name, person.avatar, extract(epoch FROM person.created_at)::float8,
        person.deactivated_at IS NOT NULL, {BLOCKED}, erased OR {_REVOKED}, COALESCE((
        SELECT json_agg(mine) FROM (
            SELECT room.id, room.last_seq, member.read_seq
            FROM chat_member member JOIN chat_room room ON room.id = member.room_id
            WHERE member.user_id = person.id AND room.archived_at IS NULL
            ORDER BY room.active_at DESC LIMIT %(most)s
        ) mine), '[]'::json), person.saved
    FROM me person, erased
"""  # noqa: S608 - constants


async def revoke(user_id: str) -> None:
    """Make every token void that was issued before now, and end the sockets that those opened. A user who was never
    here is made: a token may be out all the same."""
    async with tenant_connection() as connection:
        await connection.execute(_REVOKE, {"id": user_id})
    await record_act(SERVER, "user.tokens_revoked", f"user:{user_id}")


_REVOKE = """
    INSERT INTO chat_user (id, name, revoked_before) VALUES (%(id)s::text, left(%(id)s::text, 120), clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET revoked_before = clock_timestamp()
"""
