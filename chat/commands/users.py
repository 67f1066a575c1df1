"""Users coming in: made or brought up to date by what their token or account says, or by their own server."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from chat.queries.access import BLOCKED
from chat.queries.people import USER, UserView, digest_of
from chat.queries.rooms import RoomHead
from kit.errors import NOT_ALLOWED, TOKEN_INVALID, USER_NOT_FOUND, ParleyError
from tenants.connections import ScopedConnection, fetch_all, fetch_one, tenant_connection

_MOST_HELLO_ROOMS = 200


@dataclass(frozen=True, slots=True)
class Entered:
    """A user who is in ``since`` then (Unix time), and the rooms that the user is a member of, the latest active
    first."""

    id: str
    name: str
    avatar: str
    since: float
    rooms: list[RoomHead]


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
    found_id, found_name, found_avatar, since, deactivated, blocked, revoked, rooms = row
    if deactivated:
        raise ParleyError(NOT_ALLOWED, "This user is deactivated.")
    if blocked:
        raise ParleyError(NOT_ALLOWED, "This user is blocked.")
    if revoked:
        raise ParleyError(TOKEN_INVALID, "The user token was revoked.")
    return Entered(found_id, found_name, found_avatar, since, [RoomHead(**room) for room in rooms])


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
        RETURNING id, name, avatar, created_at, deactivated_at, revoked_before
    ), me AS (
        SELECT * FROM saved
        UNION ALL
        SELECT id, name, avatar, created_at, deactivated_at, revoked_before FROM chat_user
        WHERE id = %(id)s::text AND NOT EXISTS (SELECT FROM saved)
    )
    SELECT person.id, person.name, person.avatar, extract(epoch FROM person.created_at)::float8,
        person.deactivated_at IS NOT NULL, {BLOCKED}, erased OR {_REVOKED}, COALESCE((
        SELECT json_agg(mine) FROM (
            SELECT room.id, room.last_seq, member.read_seq
            FROM chat_member member JOIN chat_room room ON room.id = member.room_id
            WHERE member.user_id = person.id AND room.archived_at IS NULL
            ORDER BY room.active_at DESC LIMIT %(most)s
        ) mine), '[]'::json)
    FROM me person, erased
"""  # noqa: S608 - constants


async def update_user(
    user_id: str,
    *,
    name: str | None = None,
    avatar: str | None = None,
    data: Mapping[str, Any] | None = None,
    active: bool | None = None,
) -> UserView:
    """Change what is not None; with empty ``data`` there is none any more. Who is deactivated is refused from now on,
    and every open socket of such a user ends. One statement. Raises ParleyError ``user_not_found``."""
    stored = None if data is None else Jsonb(dict(data))
    parameters = {"id": user_id, "name": name, "avatar": avatar, "data": stored, "active": active}
    user = await fetch_one(UserView, _UPDATE, parameters)
    if user is None:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
    return user


_UPDATE = f"""
    UPDATE chat_user person SET
        name = COALESCE(%(name)s::text, name),
        avatar = COALESCE(%(avatar)s::text, avatar),
        data = NULLIF(COALESCE(%(data)s::jsonb, data), '{{}}'),
        deactivated_at = CASE %(active)s::boolean WHEN true THEN NULL WHEN false THEN COALESCE(deactivated_at, now())
            ELSE deactivated_at END
    WHERE id = %(id)s
    RETURNING {USER}
"""  # noqa: S608 - USER is a constant


async def revoke(user_id: str) -> None:
    """Make every token void that was issued before now, and end the sockets that those opened. A user who was never
    here is made: a token may be out all the same."""
    async with tenant_connection() as connection:
        await connection.execute(_REVOKE, {"id": user_id})


_REVOKE = """
    INSERT INTO chat_user (id, name, revoked_before) VALUES (%(id)s::text, left(%(id)s::text, 120), clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET revoked_before = clock_timestamp()
"""


class Profile(NamedTuple):
    """What a server says of a user; None: as it was."""

    id: str
    name: str | None
    avatar: str | None
    data: Mapping[str, Any] | None = None


async def save_users(profiles: Sequence[Profile]) -> list[UserView]:
    """Make or update users, each named once, in one statement; in the order given."""
    ids, names, avatars, data = (list(column) for column in zip(*profiles, strict=True))
    stored = [None if each is None else Jsonb(dict(each)) for each in data]
    rows = await fetch_all(UserView, _SAVE, {"ids": ids, "names": names, "avatars": avatars, "data": stored})
    saved = {user.id: user for user in rows}
    return [saved[profile.id] for profile in profiles]


# In the order of their ids, so that two that save the same users cannot wait for each other.
_SAVE = f"""
    INSERT INTO chat_user AS person (id, name, avatar, data)
    SELECT given.id, COALESCE(given.name, present.name, left(given.id, 120)),
        COALESCE(given.avatar, present.avatar, ''), NULLIF(COALESCE(given.data, present.data), '{{}}')
    FROM unnest(%(ids)s::text[], %(names)s::text[], %(avatars)s::text[], %(data)s::jsonb[])
        given (id, name, avatar, data)
    LEFT JOIN LATERAL (SELECT name, avatar, data FROM chat_user WHERE id = given.id LIMIT 1) present ON true
    ORDER BY given.id
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, avatar = excluded.avatar, data = excluded.data
    RETURNING {USER}
"""  # noqa: S608 - USER is a constant
