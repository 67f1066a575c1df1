"""A command whose client is gone is cancelled wherever it waits. Wherever that is, it is done as a whole or not at all,
its connection comes back, no lock stays, and the same again brings it to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings

from chat.commands import editing, members, messages, reactions, rooms
from chat.commands.users import enter
from chat.models import Message, Room
from chat.policies import Actor
from kit.errors import ParleyError
from kit.ids import wire_id
from tenants.connections import close_pool
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy

ANN, ROOM = Actor("ann"), "general"
_PATIENCE = 10.0
Command = Callable[[Tenancy, int], Coroutine[Any, Any, object]]


class Cancelled:
    """A coroutine that is cancelled at its ``place``-th suspension, as a task's ``cancel`` would do it there."""

    def __init__(self, coroutine: Coroutine[Any, Any, object], place: int) -> None:
        self._coroutine = coroutine
        self._place = place
        self.struck = False

    def __await__(self) -> Generator[Any, Any, object]:
        resume: Callable[[], Any] = lambda: self._coroutine.send(None)  # noqa: E731
        for step in range(1_000_000):
            try:
                waits_for = resume()
            except StopIteration as end:
                return end.value
            self.struck = self.struck or step == self._place
            if step == self._place and (waits_for is None or not waits_for.cancel()):
                resume = self._throw(asyncio.CancelledError())
                continue
            try:
                yield waits_for
            except BaseException as error:  # noqa: BLE001 - it goes where it belongs
                resume = self._throw(error)
            else:
                resume = lambda: self._coroutine.send(None)  # noqa: E731
        raise AssertionError("it does not end")

    def _throw(self, error: BaseException) -> Callable[[], Any]:
        return lambda: self._coroutine.throw(error)


@pytest.fixture(autouse=True)
async def one_connection(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """So that one which does not come back is missed at once."""
    await close_pool()
    monkeypatch.setattr(settings, "DATABASE_POOL_SIZE", 1)
    yield
    await messages.writer().drain()
    await close_pool()


async def _send(acme: Tenancy, round_: int) -> object:
    return await messages.send(acme.record, ANN, ROOM, "hello", f"c{round_}")


async def _edit(acme: Tenancy, round_: int) -> object:
    return await editing.edit(acme.record, ANN, ROOM, await _first(), {"text": f"edit {round_}"})


async def _react(acme: Tenancy, round_: int) -> object:
    return await reactions.add_reaction(acme.record, ANN, ROOM, await _first(), "👍" if round_ % 2 else "👎")


async def _join_and_leave(acme: Tenancy, round_: int) -> object:
    await members.place(Actor(None), ROOM, {"bob": None})
    return await members.remove(Actor(None), ROOM, "bob")


async def _make_room(acme: Tenancy, round_: int) -> object:
    return await rooms.create_room(Actor(None), room_id=f"room-{round_}", member_ids=["ann", "bob"])


async def _first() -> str:
    return wire_id("m", await Message.objects.order_by("seq").values_list("id", flat=True).afirst())


@pytest.mark.parametrize("command", [_send, _edit, _react, _join_and_leave, _make_room])
async def test_a_command_cancelled_wherever_it_waits_is_done_or_undone_and_can_be_done_again(
    acme: Tenancy, command: Command
) -> None:
    with tenant_scope(acme.record):
        for user_id in ("ann", "bob"):
            await enter(user_id, name=user_id)
        await messages.send(acme.record, ANN, ROOM, "the first", "first")
        place, struck = 0, True
        while struck:
            cut = Cancelled(command(acme, place), place)
            with suppress(asyncio.CancelledError):
                await cut
            with suppress(ParleyError):  # it was done the first time, and is refused now
                async with asyncio.timeout(_PATIENCE):
                    await command(acme, place)
            place, struck = place + 1, cut.struck
        await _check()
    assert place > 1, "it was cancelled nowhere"


async def _check() -> None:
    """Each message is there once, and each seq was given to one event."""
    room = await Room.objects.aget(id=ROOM)
    rows = [row async for row in Message.objects.filter(room_id=ROOM).values_list("seq", "changed_seq", "client_id")]
    assert len({changed_seq for _, changed_seq, _ in rows}) == len(rows)
    said = [client_id for *_, client_id in rows if client_id]
    assert len(set(said)) == len(said)
    assert max(changed_seq for _, changed_seq, _ in rows) <= room.last_seq
