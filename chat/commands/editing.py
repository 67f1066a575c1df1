"""Other words for a message, and taking it back."""

from __future__ import annotations

from functools import partial
from typing import Any, TypedDict

from psycopg.types.json import Jsonb

from chat.commands.auditing import record_act
from chat.commands.changing import Changed, Statement, Stored, change, changing
from chat.commands.conduct import check_newcomer
from chat.commands.pace import check_pace
from chat.commands.wording import checked_text, extras_of
from chat.policies import Actor, check_may_delete, check_may_edit, moderates
from chat.webhooks.hook import Question, ask_before_send
from kit.errors import INVALID, ParleyError
from kit.ids import wire_id
from tenants.records import TenantRecord


class Changes(TypedDict, total=False):
    """What is left out stays as it is. ``data: None`` takes it away."""

    text: str
    data: dict[str, Any] | None


async def edit(tenant: TenantRecord, actor: Actor, room_id: str, message_id: str, changes: Changes) -> Changed:
    """Say something else in a message's place; what it said before is kept. Only its author and the server do.

    Raises ParleyError as ``change`` does, and ``invalid``, ``content_refused``, ``message_deleted``, ``unavailable``.
    """
    if not changes:
        raise ParleyError(INVALID, "Say what is to change.", errors=[{"field": "text", "code": "missing"}])
    check_pace(tenant, actor)
    if tenant.before_send is not None:
        changes = await _asked(tenant, actor, room_id, message_id, changes)
    if "text" in changes:
        changes = {**changes, "text": checked_text(tenant, changes["text"])}
        check_newcomer(tenant, actor, room_id, changes["text"])

    def decide(message: Stored) -> Statement | None:
        _check_may_edit(actor, message)
        text, data = _as_it_would_be(message, changes)
        if (text, data) == (message.text, message.data):
            return None
        return _EDIT, _edited(actor, message, text, data)

    return await change(actor, room_id, message_id, decide)


async def _asked(tenant: TenantRecord, actor: Actor, room_id: str, message_id: str, changes: Changes) -> Changes:
    """The changes as the tenant's hook wants them. It is asked about nothing that would be refused anyway, and while
    no room is locked."""
    message = (await change(actor, room_id, message_id, partial(_check_may_edit, actor))).before
    text, data = _as_it_would_be(message, changes)
    if (text, data) == (message.text, message.data):
        return changes
    wanted = await ask_before_send(tenant, actor, Question(room_id, text, data, edits=wire_id("m", message.id)))
    return changes if wanted == text else {**changes, "text": wanted}


def _check_may_edit(actor: Actor, message: Stored) -> None:
    check_may_edit(actor, message.user_id)
    message.check_not_deleted()


def _as_it_would_be(message: Stored, changes: Changes) -> tuple[str, dict[str, Any] | None]:
    return changes.get("text", message.text), changes.get("data", message.data)


def _edited(actor: Actor, message: Stored, text: str, data: dict[str, Any] | None) -> dict[str, Any]:
    extras = extras_of(text) or {}
    return {
        "text": text,
        "html": extras.get("html"),
        "data": None if data is None else Jsonb(data),
        "mentions": Jsonb(extras.get("mentions", [])),
        "mentions_room": extras.get("mentions_room", False) and moderates(actor, message.access),
        "editor": actor.user_id,
    }


_EDIT = changing(
    """text = %(text)s::text, html = %(html)s::text, data = %(data)s::jsonb,
        mentions = readers_among(%(room)s::text, %(mentions)s::jsonb), mentions_room = %(mentions_room)s::bool,
        edited_at = (SELECT edited_at FROM kept)""",
    before="""kept AS (
        INSERT INTO chat_messageedit (message_id, text, data, edited_by, edited_at)
        SELECT id, text, data, %(editor)s::text, clock_timestamp() FROM chat_message WHERE id = %(message)s::uuid
        RETURNING edited_at
    ),""",
)


async def delete(tenant: TenantRecord, actor: Actor, room_id: str, message_id: str) -> Changed:
    """Take a message back: it keeps its place and loses its words, in the tables too. Its author, moderators, owners
    and the server do. Nothing changes where it is deleted already. What is deleted for its author is in the audit log.

    Raises ParleyError as ``change`` does.
    """

    def decide(message: Stored) -> Statement | None:
        check_may_delete(actor, message.access, message.user_id)
        return None if message.deleted else (_DELETE, {})

    check_pace(tenant, actor)
    deleted = await change(actor, room_id, message_id, decide)
    if deleted.event is not None and deleted.before.user_id != actor.user_id:
        before = {"room": room_id, "author": deleted.before.user_id}
        await record_act(actor, "message.deleted", f"message:{message_id}", before=before)
    return deleted


_DELETE = changing(
    """text = '', html = NULL, data = NULL, mentions = '{}', mentions_room = false, quoted_id = NULL,
        reactions = '[]', attachments = '[]', pinned_at = NULL, pinned_by = NULL, deleted_at = clock_timestamp()""",
    before="""edits AS (DELETE FROM chat_messageedit WHERE message_id = %(message)s::uuid),
        taken_back AS (DELETE FROM chat_reaction WHERE message_id = %(message)s::uuid),""",
    event="message.deleted",
)
