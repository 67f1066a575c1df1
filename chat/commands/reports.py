"""Telling the moderators of a message, and what they make of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chat.commands.auditing import record_act
from chat.models import Act, MessageKind, Resolution
from chat.policies import Actor, check_may_report
from chat.queries.messages import message_for
from chat.queries.reports import SEEN, SHOWN, ReportView, read_report, viewer
from kit.errors import MESSAGE_DELETED, MESSAGE_NOT_FOUND, NOT_FOUND, ParleyError
from kit.ids import stored_id, uuid7
from tenants.connections import tenant_connection


async def report(actor: Actor, room_id: str, message_id: str, *, reason: str, note: str) -> ReportView:
    """Report a message; again, as long as the report is open, changes its reason and note. The actor is a user.

    Raises ParleyError ``room_not_found``, ``message_not_found``, ``message_deleted``, ``banned``, ``not_allowed``.
    """
    message = await message_for(actor, room_id, message_id)
    if message.kind not in (MessageKind.MESSAGE, MessageKind.SYSTEM):
        raise ParleyError(MESSAGE_NOT_FOUND)
    if message.deleted_at is not None:
        raise ParleyError(MESSAGE_DELETED)
    check_may_report(actor, message.user_id)
    made = await _change(_REPORT, (uuid7(), message.id, room_id, actor.user_id, reason, note))
    assert made is not None
    return made


_REPORT = f"""
    WITH report AS (
        INSERT INTO chat_report (id, message_id, room_id, reporter_id, reason, note) VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (message_id, reporter_id) WHERE resolution IS NULL
        DO UPDATE SET reason = excluded.reason, note = excluded.note
        RETURNING *
    )
    {SHOWN}
"""  # noqa: S608 - SHOWN is a constant


async def resolve(actor: Actor, report_id: str, resolution: str) -> ReportView:
    """Say what came of a report, or something else than before; it goes on record. Raises ParleyError ``not_found`` for
    one that the actor does not see."""
    act = Act.DISMISSED if resolution == Resolution.DISMISSED else Act.RESOLVED
    decision = {"decision": uuid7(), "act": str(act), "decider": actor.name}
    parameters = {**viewer(actor), **decision, "id": _id(report_id), "resolution": resolution}
    resolved = await _change(_RESOLVE, parameters)
    if resolved is None:
        raise ParleyError(NOT_FOUND, "There is no such report.")
    await record_act(actor, "report.resolved", f"report:{report_id}", after={"resolution": resolution})
    return resolved


def _id(report_id: str) -> UUID | None:
    """None, which no report has, for what names none at all."""
    try:
        return stored_id("rp", report_id)
    except ValueError:
        return None


_RESOLVE = f"""
    WITH report AS (
        UPDATE chat_report report SET resolution = %(resolution)s, resolved_by = %(user)s::text, resolved_at = now()
        WHERE id = %(id)s::uuid AND {SEEN}
        RETURNING *
    ), decided AS (
        INSERT INTO chat_decision (id, act, user_id, room_id, message_id, reports, decided_by, decider)
        SELECT %(decision)s, %(act)s, message.user_id, message.room_id, message.id, ARRAY[report.id], %(user)s::text,
            %(decider)s
        FROM report JOIN chat_message message ON message.id = report.message_id
    )
    {SHOWN}
"""  # noqa: S608 - constants


async def _change(statement: str, parameters: Any) -> ReportView | None:
    async with tenant_connection() as connection:
        cursor = await connection.execute(statement, parameters)
        row = await cursor.fetchone()
    return read_report(row) if row else None
