"""A replay of any length reaches a reader that is slow but reads."""

from __future__ import annotations

import asyncio

from asgiref.sync import async_to_sync

from chat.commands.sending import Draft, commit
from chat.commands.users import enter
from kit.ids import uuid7
from tenants.connections import close_pool
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import person

_MESSAGES = 500
_TEXT = "語" * 8_000  # 12 MB in all: more than the server's bound and the kernel's buffers together


async def _fill(tenancy: Tenancy) -> None:
    with tenant_scope(tenancy.record):
        await enter("ann")
    drafts = [Draft(uuid7(), "general", "ann", None, _TEXT) for _ in range(_MESSAGES)]
    for start in range(0, _MESSAGES, 50):
        await commit(tenancy.record, drafts[start : start + 50])
    await close_pool()


async def test_a_slow_reader_gets_a_long_replay_whole_and_then_what_is_new(live: LiveServer, acme: Tenancy) -> None:
    await asyncio.to_thread(async_to_sync(_fill), acme)
    async with person(live, acme, "bob") as bob, person(live, acme, "ann") as ann:
        await bob.say("room.subscribe", room="general", since=0)
        await asyncio.sleep(0.5)  # unread, while the replay comes
        sent = await ann.send("new")
        assert sent["type"] == "ok"
        await bob.event("message.created", seq=_MESSAGES + 1, patience=30)
    assert [frame["seq"] for frame in bob.durable()] == list(range(1, _MESSAGES + 2))
