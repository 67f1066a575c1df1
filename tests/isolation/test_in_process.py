"""The same within one event loop and one thread for the ORM: tasks of all tenants, switched and cancelled at will."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections

from chat.commands import members, messages
from chat.commands.rooms import create_room
from chat.commands.users import enter
from chat.models import Message, Room, User
from chat.policies import Actor
from chat.queries.rooms import rooms_for
from chat.queries.timeline import history
from kit.errors import ParleyError
from tenants.connections import ScopedConnection, close_pool
from tenants.postgresql.base import DatabaseWrapper
from tenants.scope import NoTenantInScope, tenant_scope
from tests.isolation.cast import PEOPLE, Twin, observer_of
from tests.isolation.observer import Found, Leak, Observer

_PLACES = ("query", "orm", "database")


@pytest.fixture(autouse=True)
async def few_connections(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    await close_pool()
    monkeypatch.setattr(settings, "DATABASE_POOL_SIZE", 2)
    yield
    await close_pool()
    await sync_to_async(lambda: connections["tenant"].close())()


class Bustle:
    """What tenants' requests do, as tasks."""

    def __init__(self, twins: list[Twin], observer: Observer) -> None:
        self._twins = twins
        self._observer = observer
        self._random = random.Random(7)
        self.cancelled = 0

    async def run(self, rounds: int) -> None:
        for twin in self._twins:
            with tenant_scope(twin.tenancy.record):
                for person in PEOPLE:
                    await enter(person, name=twin.name(person))
        for _ in range(rounds):
            await asyncio.gather(*(self._one(twin) for twin in self._twins * 4))
        await messages.writer().drain()
        await asyncio.to_thread(self._observer.read_database, os.environ["DATABASE_URL"])

    async def _one(self, twin: Twin) -> None:
        """A request, or one that is cut off after a moment."""
        task = asyncio.create_task(self._request(twin))
        if self._random.random() < 0.4:
            await asyncio.sleep(self._random.uniform(0, 0.01))
            self.cancelled += task.cancel()
        [outcome] = await asyncio.gather(task, return_exceptions=True)
        if isinstance(outcome, Exception):
            self._observer.refused(twin.schema_name, "task", repr(outcome))

    async def _request(self, twin: Twin) -> None:
        steps = [self._send, self._read, self._read_by_orm, self._write_by_orm, self._make_room]
        self._random.shuffle(steps)
        with tenant_scope(twin.tenancy.record):
            for step in steps:
                await step(twin)
                await asyncio.sleep(0)

    async def _send(self, twin: Twin) -> None:
        await messages.send(twin.tenancy.record, Actor("u1"), "general", twin.text(), None)

    async def _read(self, twin: Twin) -> None:
        events, _ = await history("general", Actor("u1"), before_seq=None, after_seq=None, limit=50)
        rooms, _ = await rooms_for(Actor("u1"), limit=50)
        for seen in (*events, *rooms):
            self._observer.saw(twin.schema_name, "query", repr(seen))

    async def _read_by_orm(self, twin: Twin) -> None:
        texts = [text async for text in Message.objects.values_list("text", flat=True)[:50]]
        names = await sync_to_async(lambda: list(User.objects.values_list("name", flat=True)))()
        for seen in (*texts, *names):
            self._observer.saw(twin.schema_name, "orm", seen)

    async def _write_by_orm(self, twin: Twin) -> None:
        await Room.objects.filter(id="general").aupdate(topic=twin.canary)

    async def _make_room(self, twin: Twin) -> None:
        try:
            await create_room(Actor("u2"), room_id="backroom", name=twin.canary, member_ids=["u3"])
        except ParleyError:
            await members.mark_read(Actor("u3"), "backroom", 1)


async def test_tasks_that_take_turns_and_are_cancelled_keep_to_their_tenant(eight: list[Twin]) -> None:
    observer = observer_of(eight)
    bustle = Bustle(eight, observer)
    await bustle.run(rounds=6)
    observer.check(_PLACES)
    print({place: observer.count(place) for place in _PLACES}, bustle.cancelled)
    assert bustle.cancelled > 40
    assert observer.count("query") > 1_000
    assert observer.count("orm") > 1_000


async def test_outside_a_scope_neither_way_to_the_database_leads_anywhere(eight: list[Twin]) -> None:
    with pytest.raises(NoTenantInScope):
        await Message.objects.acount()
    with pytest.raises(NoTenantInScope):
        await rooms_for(Actor("u1"), limit=1)


@pytest.mark.parametrize("way", ["orm", "raw"])
async def test_the_checker_finds_a_stale_path(four: list[Twin], monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """A connection that keeps the schema that it first had."""
    enter_orm, enter_raw = DatabaseWrapper._enter, ScopedConnection.enter

    def enter_orm_once(connection: DatabaseWrapper, schema: str) -> None:
        if connection.connection is None or not connection._entered:
            enter_orm(connection, schema)

    async def enter_raw_once(connection: ScopedConnection, schema: str) -> None:
        if connection.entered is None:
            await enter_raw(connection, schema)

    if way == "orm":
        monkeypatch.setattr(DatabaseWrapper, "_enter", enter_orm_once)
    else:
        monkeypatch.setattr(ScopedConnection, "enter", enter_raw_once)
    assert await _leaks(four)


async def test_the_checker_finds_a_scope_that_all_tasks_share(
    four: list[Twin], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Variable:
        """A plain variable where a ContextVar belongs."""

        value: object = None

        def get(self) -> object:
            return self.value

        def set(self, value: object) -> object:
            before, self.value = self.value, value
            return before

        def reset(self, before: object) -> None:
            self.value = before

    monkeypatch.setattr("tenants.scope._scope", Variable())
    assert await _leaks(four)


async def _leaks(twins: list[Twin]) -> list[object]:
    observer = observer_of(twins)
    await Bustle(twins, observer).run(rounds=2)
    with pytest.raises(Found) as found:
        observer.check(_PLACES)
    return list(found.value.of(Leak))
