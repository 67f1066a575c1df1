"""The ledger of who is here, and being invisible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.delivery.presence import SILENCE_SECONDS, Appearance, Beaten
from chat.policies import Actor
from chat.publishing import show_presence
from chat.queries.presence import HERE, ONLINE
from kit.errors import NOT_ALLOWED, USER_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection
from tenants.scope import SchemaOnly, schema_in_scope, tenant_scope

_MOST_ROOMS = 100
_ROOMS = f"ARRAY(SELECT room_id::text FROM chat_member WHERE user_id = person.id LIMIT {_MOST_ROOMS})"  # noqa: S608


class PresenceLedger:
    """``chat.delivery.presence.Ledger`` in the tenant's tables."""

    async def note(
        self, schema_name: str, process: str, came: Sequence[str], gone: Sequence[str]
    ) -> Sequence[Appearance]:
        """Two statements, each a transaction: of two processes that let a user go at the same moment, one at least sees
        that nobody else has the user."""
        with tenant_scope(SchemaOnly(schema_name)):
            await _run(_NOTE, {"process": process, "came": list(came), "gone": list(gone)})
            return await _appearances([*came, *gone])

    async def beat(self, schema_name: str, process: str) -> Beaten:
        with tenant_scope(SchemaOnly(schema_name)):
            [(anew, lost)] = await _run(_BEAT, {"process": process})
            return Beaten(anew, await _appearances(lost) if lost else ())


async def _appearances(user_ids: Sequence[str]) -> list[Appearance]:
    return [Appearance(*row) for row in await _run(_SHOW, {"users": list(user_ids)})]


async def _run(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(statement, parameters)
        return await cursor.fetchall() if cursor.description else []


_NOTE = """
    WITH came AS (
        INSERT INTO chat_presence (user_id, process)
        SELECT id, %(process)s::text FROM unnest(%(came)s::text[]) given (id)
        ON CONFLICT (user_id, process) DO NOTHING
    ), gone AS (
        DELETE FROM chat_presence WHERE user_id = ANY (%(gone)s::text[]) AND process = %(process)s::text
    )
    UPDATE chat_user SET last_seen_at = now() WHERE id = ANY (%(gone)s::text[]) AND NOT invisible
"""

_SHOW = f"""
    SELECT person.id, person.name, person.avatar, {ONLINE}, person.last_seen_at, {_ROOMS}
    FROM chat_user person WHERE person.id = ANY (%(users)s::text[]) AND NOT person.invisible
"""  # noqa: S608 - constants

_BEAT = f"""
    WITH silent AS (
        DELETE FROM chat_servingprocess
        WHERE beat_at < now() - interval '{SILENCE_SECONDS} seconds' AND id <> %(process)s::text
        RETURNING id, beat_at
    ), lost AS (
        DELETE FROM chat_presence USING silent WHERE process = silent.id RETURNING user_id, silent.beat_at
    ), seen AS (
        UPDATE chat_user SET last_seen_at = GREATEST(last_seen_at, latest.beat_at)
        FROM (SELECT user_id, max(beat_at) AS beat_at FROM lost GROUP BY user_id) latest
        WHERE id = latest.user_id AND NOT invisible
    )
    INSERT INTO chat_servingprocess (id) VALUES (%(process)s::text)
    ON CONFLICT (id) DO UPDATE SET beat_at = now()
    RETURNING xmax = 0, ARRAY(SELECT DISTINCT user_id::text FROM lost)
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class PresenceView:
    online: bool
    last_seen: datetime | None
    invisible: bool


async def set_invisible(actor: Actor, user_id: str, *, invisible: bool) -> PresenceView:
    """From now on the user is shown as offline, or as he or she is; whoever sees the user go or come is told.

    Raises ParleyError ``not_allowed`` (it is somebody else), ``user_not_found``.
    """
    if not actor.is_server and actor.user_id != user_id:
        raise ParleyError(NOT_ALLOWED, "Everybody decides this for themselves.")
    rows = await _run(_SET_INVISIBLE, {"user": user_id, "invisible": invisible})
    if not rows:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
    [(name, avatar, last_seen, rooms, is_here, before)] = rows
    online = is_here and not invisible
    if is_here and before != invisible:
        show_presence(schema_in_scope(), Appearance(user_id, name, avatar, online, last_seen, rooms))
    return PresenceView(online, last_seen, invisible)


_SET_INVISIBLE = f"""
    WITH before AS (
        SELECT person.id, person.invisible, {HERE} AS is_here, {_ROOMS} AS rooms
        FROM chat_user person WHERE person.id = %(user)s::text FOR UPDATE
    )
    UPDATE chat_user SET invisible = %(invisible)s::bool, last_seen_at =
        CASE WHEN %(invisible)s::bool AND NOT before.invisible AND before.is_here THEN now() ELSE last_seen_at END
    FROM before WHERE chat_user.id = before.id
    RETURNING name, avatar, last_seen_at, before.rooms, before.is_here, before.invisible
"""  # noqa: S608 - constants
