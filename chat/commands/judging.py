"""What a moderator decides on a reported message: it is done, its reports are resolved, and both stay on record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chat.commands.bans import ban
from chat.commands.blocks import block_user
from chat.commands.deciding import Cause, record_decision
from chat.commands.editing import delete
from chat.commands.mutes import mute_user
from chat.commands.warning import warn_user
from chat.models import Act, Resolution
from chat.policies import SERVER
from chat.queries.queue import Case, case_of
from kit.errors import NOT_FOUND, ParleyError
from kit.ids import wire_id
from tenants.audit import record_here
from tenants.connections import tenant_connection
from tenants.records import TenantRecord


class Verdict(NamedTuple):
    """``until`` is None for good; ``words`` are those of a warning."""

    cause: Cause
    until: datetime | None = None
    words: str = ""


async def judge(tenant: TenantRecord, action: str, message_id: UUID, verdict: Verdict) -> None:
    """Carry out one of ``ACTIONS``. Raises ParleyError ``not_found`` for a message without an open report, and what the
    action raises; then its reports stay open."""
    case = await case_of(message_id)
    cause = verdict.cause._replace(message_id=case.id, reports=case.reports)
    await ACTIONS[action](tenant, case, verdict._replace(cause=cause))
    resolution = Resolution.DISMISSED if action == "dismiss" else Resolution.ACTED
    await _resolve(case, resolution, cause)


async def _dismiss(tenant: TenantRecord, case: Case, verdict: Verdict) -> None:
    """There is nothing to it."""
    await _note(Act.DISMISSED, case, verdict)


async def _delete(tenant: TenantRecord, case: Case, verdict: Verdict) -> None:
    await delete(tenant, SERVER, case.room_id, wire_id("m", case.id))
    await _note(Act.DELETED, case, verdict)


async def _warn(tenant: TenantRecord, case: Case, verdict: Verdict) -> None:
    await warn_user(tenant, _author(case), verdict.words, room_id=case.room_id, cause=verdict.cause)


async def _mute(tenant: TenantRecord, case: Case, verdict: Verdict) -> None:
    await mute_user(case.room_id, _author(case), until=verdict.until, cause=verdict.cause)


async def _ban(tenant: TenantRecord, case: Case, verdict: Verdict) -> None:
    reason = verdict.cause.reason[:500]
    await ban(SERVER, case.room_id, _author(case), reason=reason, until=verdict.until, cause=verdict.cause)


async def _block(tenant: TenantRecord, case: Case, verdict: Verdict) -> None:
    await block_user(_author(case), until=verdict.until, cause=verdict.cause)


ACTIONS: dict[str, Callable[[TenantRecord, Case, Verdict], Awaitable[None]]] = {
    "dismiss": _dismiss,
    "delete": _delete,
    "warn": _warn,
    "mute": _mute,
    "ban": _ban,
    "block": _block,
}


def _author(case: Case) -> str:
    if case.user_id is None:
        raise ParleyError(NOT_FOUND, "Nobody in particular said this.")
    return case.user_id


async def _note(act: str, case: Case, verdict: Verdict) -> None:
    async with tenant_connection() as connection:
        await record_decision(connection, act, case.user_id, room_id=case.room_id, cause=verdict.cause)


async def _resolve(case: Case, resolution: str, cause: Cause) -> None:
    async with tenant_connection() as connection:
        cursor = await connection.execute(_RESOLVE, (resolution, cause.decided_by, case.reports))
        resolved = await cursor.fetchall()
    for (report_id,) in resolved:
        await record_here("report.resolved", f"report:{wire_id('rp', report_id)}", after={"resolution": resolution})


_RESOLVE = """
    UPDATE chat_report SET resolution = %s, resolved_by = %s, resolved_at = now()
    WHERE id = ANY (%s::uuid[]) AND resolution IS NULL RETURNING id
"""
