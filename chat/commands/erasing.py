"""Erasing a person: nothing stays that says who it was. In the person's place stands a user without a name.

The worker does it, a few messages at a time, each under its room's lock and told to the room as any other change. What
is done needs not be done again, so whoever is stopped goes on where it was.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple
from uuid import UUID

from chat.commands.changing import changing
from chat.commands.indexing import index_tenant
from chat.commands.reactions import summed_up
from chat.commands.recording import record_event
from chat.commands.tidying import remove_discarded_uploads
from chat.delivery.rooms import RoomKey
from chat.events import COLUMNS, RoomEvent
from chat.markdown import render
from chat.models import RoomKind
from chat.publishing import announce
from chat.queries.people import digest_of
from kit.errors import NOT_ALLOWED, USER_NOT_FOUND, ParleyError
from kit.ids import opaque
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import schema_in_scope

NAME = "Deleted user"
_AT_ONCE = 200
_LEASE = "60 seconds"


async def begin(user_id: str, *, removes_messages: bool) -> str:
    """Nobody sees the person from now on, and nobody comes in as that person; the worker does the rest. Returns the
    erasure's digest. Raises ParleyError ``user_not_found``, ``not_allowed``."""
    async with tenant_connection() as connection, connection.transaction():
        cursor = await connection.execute("SELECT is_bot FROM chat_user WHERE id = %s FOR NO KEY UPDATE", (user_id,))
        row = await cursor.fetchone()
        if row is None:
            raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
        if row[0]:
            raise ParleyError(NOT_ALLOWED, "A bot is no person: deactivate it instead.")
        parameters = {
            "user": user_id,
            "digest": digest_of(user_id),
            "stand_in": opaque("deleted"),
            "name": NAME,
            "removes": removes_messages,
        }
        cursor = await connection.execute(_BEGIN, parameters)
        [(digest,)] = await cursor.fetchall()
        await connection.execute(_HIDE, parameters)
    return str(digest)


# One who came back and is erased again gets a stand-in of its own; one who is being erased keeps it.
_BEGIN = """
    WITH erasure AS (
        INSERT INTO chat_erasure AS before (digest, "user", stand_in, removes_messages, total)
        SELECT %(digest)s::text, %(user)s::text, %(stand_in)s::text, %(removes)s::bool, count(*)
        FROM chat_message WHERE user_id = %(user)s::text
        ON CONFLICT (digest) DO UPDATE SET
            stand_in = CASE WHEN before."user" = '' THEN excluded.stand_in ELSE before.stand_in END,
            removes_messages = before."user" <> '' AND before.removes_messages OR excluded.removes_messages,
            "user" = excluded."user", total = excluded.total, done = 0, attempts = 0, started_at = now(),
            ended_at = NULL
        RETURNING digest, stand_in
    ), stand_in AS (
        INSERT INTO chat_user (id, name, deactivated_at) SELECT stand_in, %(name)s::text, now() FROM erasure
        ON CONFLICT DO NOTHING
    )
    SELECT digest FROM erasure
"""
_HIDE = """
    UPDATE chat_user SET name = %(name)s::text, avatar = '', data = NULL, invisible = true, last_seen_at = NULL,
        deactivated_at = COALESCE(deactivated_at, now()), revoked_before = now()
    WHERE id = %(user)s::text
"""


async def unfinished() -> list[str]:
    """Erasures of the tenant in scope that nobody is at work on."""
    found = await _run(
        "SELECT digest FROM chat_erasure WHERE ended_at IS NULL AND (leased_until IS NULL OR leased_until < now())"
    )
    return [digest for (digest,) in found]


class _Person(NamedTuple):
    """Who goes, and who stands there instead."""

    user: str
    stand_in: str
    removes: bool
    digest: str


async def carry_on(digest: str, language: str) -> None:
    """Erase what there is left to be erased; ``language`` is the one that search splits texts by. Does nothing while
    somebody else does."""
    claimed = await _run(_CLAIM, digest=digest, lease=_LEASE)
    if not claimed:
        return
    user, stand_in, removes = claimed[0]
    person = _Person(user, stand_in, removes, digest)
    for room_id, kind in await _run(_ROOMS_OF, user=person.user):
        await _leave(person, room_id, kind)
    for (room_id,) in await _run(_ROOMS_WRITTEN_IN, user=person.user):
        while await _take_messages(person, room_id):
            pass
    for room_id, message_id in await _run(_REACTED_TO, user=person.user):
        await _change(person, room_id, message_id, _TAKE_REACTIONS)
    for room_id, message_id in await _run(_MENTIONED_IN, user=person.user):
        await _change(person, room_id, message_id, _UNMENTION, rewords=True)
    for edit_id, text in await _run(_MENTIONED_BEFORE, mention=f"@{person.user}"):
        await _run(_REWORD, id=edit_id, text=_without(person, text))
    await _take_the_rest(person)
    await index_tenant(language)
    await remove_discarded_uploads()
    await _run(_END, digest=digest, user=person.user)


_CLAIM = """
    UPDATE chat_erasure SET attempts = attempts + 1,
        leased_until = now() + %(lease)s::interval * least(attempts + 1, 60)
    WHERE digest = %(digest)s::text AND ended_at IS NULL AND (leased_until IS NULL OR leased_until < now())
    RETURNING "user", stand_in, removes_messages
"""
_ROOMS_OF = """
    SELECT room.id, room.kind FROM chat_member member JOIN chat_room room ON room.id = member.room_id
    WHERE member.user_id = %(user)s::text
"""
_ROOMS_WRITTEN_IN = "SELECT DISTINCT room_id FROM chat_message WHERE user_id = %(user)s::text"
_REACTED_TO = """
    SELECT message.room_id, message.id FROM chat_reaction reaction
    JOIN chat_message message ON message.id = reaction.message_id
    WHERE reaction.user_id = %(user)s::text GROUP BY message.room_id, message.id
"""
_MENTIONED_IN = """
    SELECT room_id, id FROM chat_message
    WHERE (mentions_room OR mentions <> '{}') AND %(user)s::text = ANY (mentions)
"""
_MENTIONED_BEFORE = "SELECT id, text FROM chat_messageedit WHERE strpos(text, %(mention)s::text) > 0"
_REWORD = "UPDATE chat_messageedit SET text = %(text)s::text WHERE id = %(id)s"
_END = """
    WITH gone AS (DELETE FROM chat_user WHERE id = %(user)s::text)
    UPDATE chat_erasure SET "user" = '', ended_at = now(), leased_until = NULL WHERE digest = %(digest)s::text
"""


async def _leave(person: _Person, room_id: str, kind: str) -> None:
    """A direct conversation goes on with the stand-in, and is found by its people no more: they would begin a new one.
    From any other room the person goes."""
    async with tenant_connection() as connection, connection.transaction():
        await _lock(connection, room_id)
        parameters = {"room": room_id, **person._asdict()}
        if kind == RoomKind.DIRECT:
            await connection.execute(_STAND_IN, parameters)
            await connection.execute("UPDATE chat_room SET direct_key = NULL WHERE id = %s", (room_id,))
            return
        await connection.execute(
            "DELETE FROM chat_member WHERE room_id = %(room)s::text AND user_id = %(user)s::text", parameters
        )
        event = await record_event(connection, room_id, "member.left", person.user, {"reason": "removed"})
    await announce(RoomKey(schema_in_scope(), room_id), [event])


_STAND_IN = """
    UPDATE chat_member SET user_id = %(stand_in)s::text, read_seq = 0, muted = false, sent_at = NULL
    WHERE room_id = %(room)s::text AND user_id = %(user)s::text
"""


async def _take_messages(person: _Person, room_id: str) -> bool:
    """Some of those in a room; whether there were any."""
    async with tenant_connection() as connection, connection.transaction():
        await _lock(connection, room_id)
        parameters = {"room": room_id, "most": _AT_ONCE, "lease": _LEASE, **person._asdict()}
        events = await connection.execute(_TAKE_EVENTS, parameters)
        cursor = await connection.execute(_REMOVE if person.removes else _KEEP, parameters)
        changed = [RoomEvent(room_id, *row) for row in await cursor.fetchall()]
        done = len(changed) + events.rowcount
        await connection.execute(_COUNT, {**parameters, "done": done})
    if changed:
        await announce(RoomKey(schema_in_scope(), room_id), changed)
    return done > 0


_COUNT = """
    UPDATE chat_erasure SET done = done + %(done)s, leased_until = now() + %(lease)s::interval
    WHERE digest = %(digest)s::text
"""
# Nobody is told that who came or went has another name now, nor of what was withheld, which nobody saw.
_TAKE_EVENTS = """
    UPDATE chat_message SET user_id = %(stand_in)s::text, client_id = NULL, text = '', html = NULL,
        data = CASE WHEN kind <> 'withheld' THEN data END, attachments = '[]',
        deleted_at = CASE WHEN kind = 'withheld' THEN COALESCE(deleted_at, clock_timestamp()) END
    WHERE user_id = %(user)s::text AND room_id = %(room)s::text AND kind NOT IN ('message', 'system')
"""


def _taking(assignments: str, edits: str, event: str) -> str:
    """A statement that changes the first messages of the person in the room, each under a seq of its own."""
    return f"""
        WITH mine AS MATERIALIZED (
            SELECT id, row_number() OVER (ORDER BY seq) AS place FROM (
                SELECT id, seq FROM chat_message WHERE user_id = %(user)s::text AND room_id = %(room)s::text
                ORDER BY seq LIMIT %(most)s
            ) first
        ), edits AS (
            {edits}
        ), reactions AS (
            DELETE FROM chat_reaction WHERE %(removes)s::bool AND message_id IN (SELECT id FROM mine)
        ), counted AS (
            UPDATE chat_room SET last_seq = last_seq + (SELECT count(*) FROM mine) WHERE id = %(room)s::text
            RETURNING last_seq - (SELECT count(*) FROM mine) AS before
        ), message AS (
            UPDATE chat_message SET changed_seq = counted.before + mine.place, user_id = %(stand_in)s::text,
                client_id = NULL, {assignments}
            FROM counted, mine WHERE chat_message.id = mine.id RETURNING chat_message.*
        ), told AS (
            INSERT INTO chat_outboxevent (type, room_id, message_id, seq)
            SELECT '{event}', room_id, id, changed_seq FROM message
            WHERE EXISTS (SELECT FROM chat_webhookendpoint WHERE enabled) ORDER BY changed_seq
        )
        SELECT {COLUMNS} FROM message LEFT JOIN chat_user author ON author.id = message.user_id
        ORDER BY message.changed_seq
    """  # noqa: S608 - constants of the code


_KEEP = _taking("edited_at = edited_at", "SELECT", "message.updated")
_REMOVE = _taking(
    """text = '', html = NULL, data = NULL, mentions = '{}', mentions_room = false, quoted_id = NULL,
        reactions = '[]', attachments = '[]', pinned_at = NULL, pinned_by = NULL,
        deleted_at = COALESCE(deleted_at, clock_timestamp())""",
    "DELETE FROM chat_messageedit WHERE message_id IN (SELECT id FROM mine)",
    "message.deleted",
)


async def _change(person: _Person, room_id: str, message_id: UUID, statement: str, *, rewords: bool = False) -> None:
    """Change somebody else's message. What it says is read behind the lock: its author may be changing it."""
    async with tenant_connection() as connection, connection.transaction():
        await _lock(connection, room_id)
        given = {"room": room_id, "message": message_id, **person._asdict()}
        if rewords:
            given |= await _reworded(connection, person, message_id)
        cursor = await connection.execute(statement, given)
        [row] = await cursor.fetchall()
        await connection.execute(_COUNT, {"digest": person.digest, "lease": _LEASE, "done": 0})
    await announce(RoomKey(schema_in_scope(), room_id), [RoomEvent(room_id, *row)])


async def _reworded(connection: ScopedConnection, person: _Person, message_id: UUID) -> dict[str, str | None]:
    cursor = await connection.execute("SELECT text FROM chat_message WHERE id = %s", (message_id,))
    [(text,)] = await cursor.fetchall()
    unnamed = _without(person, text)
    return {"text": unnamed, "html": render(unnamed)}


_LEFT = (
    "SELECT id, user_id, emoji FROM chat_reaction WHERE message_id = %(message)s::uuid AND user_id <> %(user)s::text"
)
_TAKEN = "removed AS (DELETE FROM chat_reaction WHERE message_id = %(message)s::uuid AND user_id = %(user)s::text),"
_TAKE_REACTIONS = changing("reactions = COALESCE((SELECT shown FROM summed), '[]')", before=_TAKEN + summed_up(_LEFT))
_UNMENTION = changing(
    "text = %(text)s::text, html = %(html)s::text, mentions = array_remove(mentions, %(user)s::varchar)"
)


def _without(person: _Person, text: str) -> str:
    """The text with the person's mentions (see ``chat.commands.wording``) as words that lead to nobody."""
    mention = rf"(?<![\w@/.])@{re.escape(person.user)}(?![^\s@/.,:;!?)\]}}>'\"*_~`])"
    return re.sub(mention, NAME, text)


async def _take_the_rest(person: _Person) -> None:
    """What nobody is told of. Messages first changed in the transactions before are found by their author."""
    written = {"ascii": json.dumps(person.user), "plain": json.dumps(person.user, ensure_ascii=False)}
    async with tenant_connection() as connection, connection.transaction():
        for statement in _REST:
            await connection.execute(statement, {**person._asdict(), **written})


_REST = (
    """UPDATE chat_message SET last_repliers = array_replace(last_repliers, %(user)s::varchar, %(stand_in)s::varchar)
        WHERE id IN (SELECT parent_id FROM chat_message WHERE user_id = %(stand_in)s::text)""",
    "UPDATE chat_message SET pinned_by = %(stand_in)s::text WHERE pinned_at IS NOT NULL AND pinned_by = %(user)s::text",
    "UPDATE chat_messageedit SET edited_by = %(stand_in)s::text WHERE edited_by = %(user)s::text",
    """UPDATE chat_upload SET user_id = NULL, message_id = NULL, discarded_at = COALESCE(discarded_at, now())
        WHERE user_id = %(user)s::text AND (%(removes)s::bool OR message_id IS NULL)""",
    "UPDATE chat_upload SET user_id = %(stand_in)s::text WHERE user_id = %(user)s::text",
    "UPDATE chat_room SET created_by_id = %(stand_in)s::text WHERE created_by_id = %(user)s::text",
    "UPDATE chat_guestlink SET created_by = %(stand_in)s::text WHERE created_by = %(user)s::text",
    "DELETE FROM chat_ban WHERE user_id = %(user)s::text",
    "UPDATE chat_ban SET banned_by = %(stand_in)s::text WHERE banned_by = %(user)s::text",
    "DELETE FROM chat_mute WHERE user_id = %(user)s::text",
    "DELETE FROM chat_block WHERE user_id = %(user)s::text",
    "UPDATE chat_decision SET user_id = %(stand_in)s::text, reason = '' WHERE user_id = %(user)s::text",
    "UPDATE chat_decision SET decided_by = %(stand_in)s::text, decider = '' WHERE decided_by = %(user)s::text",
    "UPDATE chat_report SET reporter_id = %(stand_in)s::text, note = '' WHERE reporter_id = %(user)s::text",
    "UPDATE chat_report SET resolved_by = %(stand_in)s::text WHERE resolved_by = %(user)s::text",
    "DELETE FROM chat_presence WHERE user_id = %(user)s::text",
    """UPDATE chat_importfault SET "user" = '', reason = 'the person was erased since' WHERE "user" = %(user)s::text""",
    # What was answered and what is told to customers' servers is kept for some days, in JSON that names people.
    """DELETE FROM chat_storedanswer WHERE caller = 'user:' || %(user)s::text
        OR strpos(convert_from(body, 'UTF8'), %(ascii)s::text) > 0
        OR strpos(convert_from(body, 'UTF8'), %(plain)s::text) > 0""",
    """DELETE FROM chat_outboxevent
        WHERE strpos(payload::text, %(ascii)s::text) > 0 OR strpos(payload::text, %(plain)s::text) > 0""",
    "DELETE FROM chat_webhookdelivery WHERE strpos(body, %(ascii)s::text) > 0 OR strpos(body, %(plain)s::text) > 0",
)


async def _lock(connection: ScopedConnection, room_id: str) -> None:
    await connection.execute("SELECT FROM chat_room WHERE id = %s FOR NO KEY UPDATE", (room_id,))


async def _run(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(statement, parameters)
        return await cursor.fetchall() if cursor.description else []
