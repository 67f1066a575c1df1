"""Warning somebody, in words that reach them."""

from __future__ import annotations

from chat.commands.deciding import Cause, note_decision
from chat.commands.messages import Beside, send
from chat.commands.rooms import create_room
from chat.models import Act, RoomKind
from chat.policies import SERVER
from kit.errors import INVALID, ParleyError
from tenants.audit import record_here
from tenants.records import TenantRecord


async def warn_user(
    tenant: TenantRecord, user_id: str, words: str, *, room_id: str | None = None, cause: Cause
) -> None:
    """The organisation says it, as a system message, in a direct conversation with nobody but the user; so it is there
    whenever the user looks. ``room_id`` is where it comes from.

    Raises ParleyError ``user_not_found``, ``invalid`` and ``content_refused`` for what may not be said.
    """
    if not words.strip():
        raise ParleyError(INVALID, "Say what the warning is.", errors=[{"field": "reason", "code": "empty"}])
    made = await create_room(SERVER, kind=RoomKind.DIRECT, name=tenant.name, member_ids=[user_id], recorded=False)
    await send(tenant, SERVER, made.id, words, None, Beside(system=True))
    await note_decision(Act.WARNED, user_id, room_id=room_id, cause=cause._replace(reason=words))
    await record_here("user.warned", f"user:{user_id}", after={"words": words, "room": room_id})
