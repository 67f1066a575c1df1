"""Incoming webhooks: URLs that post into one room as a bot."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.commands.members import place, remove
from chat.commands.messages import Beside, asked, send
from chat.commands.sending import Sent
from chat.payloads import Payload, user_payload
from chat.policies import SERVER, Actor
from kit.errors import USER_NOT_FOUND, WEBHOOK_NOT_FOUND, ParleyError
from kit.ids import opaque
from tenants.audit import record_here
from tenants.connections import fetch_all, fetch_one, tenant_connection
from tenants.limits import Pace, take_here
from tenants.records import TenantRecord

_PACE = Pace("posts-per-webhook", 1.0, 20)


@dataclass(frozen=True, slots=True)
class Incoming:
    """As people see it: without its token."""

    id: str
    room: str
    bot_id: str
    bot_name: str
    created_at: datetime
    last_used_at: datetime | None

    @property
    def bot(self) -> Payload:
        return user_payload(self.bot_id, self.bot_name)


_COLUMNS = """
    hook.id, hook.room_id AS room, bot.id AS bot_id, bot.name AS bot_name, hook.created_at, hook.last_used_at
"""


async def create_incoming(room_id: str, name: str) -> tuple[Incoming, str]:
    """A URL that posts into the room, and its token, which is shown now and never again. Its bot joins the room.

    Raises ParleyError ``room_not_found``, ``not_allowed``, ``room_archived``.
    """
    token, hook_id, bot_id = secrets.token_urlsafe(32), opaque("in"), opaque("bot")
    parameters = {"id": hook_id, "room": room_id, "bot": bot_id, "name": name, "digest": _digest(token)}
    async with tenant_connection() as connection:
        await connection.execute(
            "INSERT INTO chat_user (id, name, is_bot) VALUES (%(bot)s, %(name)s, true)", parameters
        )
    try:
        await place(SERVER, room_id, {bot_id: None}, recorded=False)
        made = await _one(_CREATE, parameters)
    except ParleyError:
        async with tenant_connection() as connection:
            await connection.execute("DELETE FROM chat_user WHERE id = %(bot)s", parameters)
        raise
    await record_here("incoming_webhook.created", f"incoming_webhook:{hook_id}", after={"room": room_id, "name": name})
    return made, token


_CREATE = f"""
    WITH hook AS (
        INSERT INTO chat_incomingwebhook (id, room_id, bot_id, digest) VALUES (%(id)s, %(room)s, %(bot)s, %(digest)s)
        RETURNING *
    )
    SELECT {_COLUMNS} FROM hook JOIN chat_user bot ON bot.id = hook.bot_id
"""  # noqa: S608 - _COLUMNS is a constant


async def list_incoming() -> list[Incoming]:
    """Those in force, the oldest first."""
    return await fetch_all(Incoming, _LIST)


_LIST = f"""
    SELECT {_COLUMNS} FROM chat_incomingwebhook hook JOIN chat_user bot ON bot.id = hook.bot_id
    WHERE hook.revoked_at IS NULL ORDER BY hook.created_at, hook.id
"""  # noqa: S608 - _COLUMNS is a constant


async def revoke_incoming(hook_id: str) -> None:
    """The URL is worth nothing from now on; its bot leaves the room. Raises ParleyError ``webhook_not_found``."""
    hook = await _one(_REVOKE, {"id": hook_id})
    try:
        await remove(SERVER, hook.room, hook.bot_id, recorded=False)
    except ParleyError as refusal:
        if refusal.code is not USER_NOT_FOUND:  # somebody has sent it away already
            raise
    await record_here("incoming_webhook.revoked", f"incoming_webhook:{hook_id}", before={"room": hook.room})


_REVOKE = f"""
    WITH hook AS (
        UPDATE chat_incomingwebhook SET revoked_at = now() WHERE id = %(id)s AND revoked_at IS NULL RETURNING *
    ), retired AS (
        UPDATE chat_user SET deactivated_at = now() FROM hook WHERE chat_user.id = hook.bot_id
    )
    SELECT {_COLUMNS} FROM hook JOIN chat_user bot ON bot.id = hook.bot_id
"""  # noqa: S608 - _COLUMNS is a constant


async def post_incoming(
    tenant: TenantRecord, hook_id: str, token: str, text: str, client_id: str | None, data: dict[str, Any] | None
) -> Sent:
    """Say something as the bot of this URL.

    Raises ParleyError ``webhook_not_found`` for any other URL, ``rate_limited``, and what ``send`` raises.
    """
    hook = await _one(_USE, {"id": hook_id, "digest": _digest(token)})
    take_here(tenant, _PACE, hook.id)
    bot = Actor(hook.bot_id, hook.bot_name, is_bot=True)
    text = await asked(tenant, bot, hook.room, text, data)
    return await send(tenant, bot, hook.room, text, client_id, Beside(data=data))


_USE = f"""
    WITH hook AS (
        SELECT * FROM chat_incomingwebhook WHERE id = %(id)s AND digest = %(digest)s AND revoked_at IS NULL
    ), used AS (
        UPDATE chat_incomingwebhook SET last_used_at = now() FROM hook
        WHERE chat_incomingwebhook.id = hook.id
            AND (hook.last_used_at IS NULL OR hook.last_used_at < now() - interval '1 minute')
    )
    SELECT {_COLUMNS} FROM hook JOIN chat_user bot ON bot.id = hook.bot_id
"""  # noqa: S608 - _COLUMNS is a constant


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def _one(query: str, parameters: dict[str, Any]) -> Incoming:
    found = await fetch_one(Incoming, query, parameters)
    if found is None:
        raise ParleyError(WEBHOOK_NOT_FOUND)
    return found
