"""Pinning messages to their room."""

from __future__ import annotations

from chat.commands.auditing import record_act
from chat.commands.changing import Changed, Statement, Stored, change, changing
from chat.commands.pace import check_pace
from chat.policies import Actor, check_may_pin
from kit.errors import INVALID, ParleyError
from tenants.records import TenantRecord

MOST_PINNED = 100


async def pin(tenant: TenantRecord, actor: Actor, room_id: str, message_id: str) -> None:
    """Moderators, owners and the server pin; in a direct conversation everybody. Nothing changes where it is pinned.
    What the server does is in the audit log.

    Raises ParleyError as ``change`` does, and ``message_deleted``, ``invalid`` (too many are pinned).
    """

    def decide(message: Stored) -> Statement | None:
        check_may_pin(actor, message.access)
        message.check_not_deleted()
        return None if message.pinned else (_PIN, {"actor": actor.user_id})

    check_pace(tenant, actor)
    pinned = await change(actor, room_id, message_id, decide)
    if pinned.event is None and not pinned.before.pinned:
        raise ParleyError(
            INVALID,
            f"A room has at most {MOST_PINNED} pinned messages.",
            errors=[{"field": "message", "code": "too_many"}],
        )
    await _record(actor, "message.pinned", room_id, message_id, pinned)


async def unpin(tenant: TenantRecord, actor: Actor, room_id: str, message_id: str) -> None:
    """The other way round. Raises ParleyError as ``change`` does."""

    def decide(message: Stored) -> Statement | None:
        check_may_pin(actor, message.access)
        return (_UNPIN, {}) if message.pinned else None

    check_pace(tenant, actor)
    unpinned = await change(actor, room_id, message_id, decide)
    await _record(actor, "message.unpinned", room_id, message_id, unpinned)


async def _record(actor: Actor, action: str, room_id: str, message_id: str, changed: Changed) -> None:
    if actor.is_server and changed.event is not None:
        await record_act(actor, action, f"message:{message_id}", after={"room": room_id})


_PINNED = "SELECT count(*) FROM chat_message WHERE room_id = %(room)s::text AND pinned_at IS NOT NULL"
_PIN = changing("pinned_at = clock_timestamp(), pinned_by = %(actor)s::text", condition=f"({_PINNED}) < {MOST_PINNED}")
_UNPIN = changing("pinned_at = NULL, pinned_by = NULL")
