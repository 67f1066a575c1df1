"""The hub keeps one feed for each room that somebody here listens to, one subscription in Redis for each tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from chat.delivery import hub as module
from chat.delivery.bell import Ring
from chat.delivery.hub import Hub
from chat.delivery.rooms import RoomKey
from tests.chat.delivery.standins import KEY, History, Reader, payload, turns

OTHER = RoomKey("t_globex", "general")


class Bell:
    """Writes down who was joined and left."""

    def __init__(self) -> None:
        self.joined: list[str] = []
        self.left: list[str] = []
        self.may_join = asyncio.Event()
        self.may_join.set()

    async def join(self, schema_name: str) -> None:
        self.joined.append(schema_name)
        await self.may_join.wait()

    def leave(self, schema_name: str) -> None:
        self.left.append(schema_name)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_IN_FLIGHT_SECONDS", 0.02)
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.02)


@pytest.fixture
async def bell() -> Bell:
    return Bell()


@pytest.fixture
async def history() -> History:
    return History()


@pytest.fixture
async def hub(bell: Bell, history: History) -> Hub:
    return Hub(bell, history.read, history.heads)  # type: ignore[arg-type]


async def subscribed(hub: Hub, key: RoomKey = KEY, position: int = 0) -> Reader:
    reader = Reader()
    feed = await hub.open(key)
    feed.attach(reader).start(position)
    hub.release(feed)
    return reader


async def test_all_listeners_of_a_room_share_one_feed(hub: Hub) -> None:
    readers = [await subscribed(hub) for _ in range(3)]
    hub.deliver(KEY, 1, [payload(1)])
    assert [reader.seqs for reader in readers] == [[1]] * 3
    assert len(hub._feeds) == 1


async def test_equal_rooms_of_two_tenants_are_two_rooms(hub: Hub) -> None:
    here, there = await subscribed(hub, KEY), await subscribed(hub, OTHER)
    hub.deliver(KEY, 1, [payload(1)])
    hub.pass_on(OTHER, b"0")
    assert (here.seqs, there.seqs) == ([1], [0])


async def test_what_others_rang_is_heard_by_its_kind(hub: Hub) -> None:
    reader = await subscribed(hub)
    hub.hear(Ring(KEY, 0, [b"0", b"0"]))
    hub.hear(Ring(KEY, 1, [payload(1), payload(2)]))
    hub.hear(Ring(RoomKey("t_nobody", "listens"), 1, [payload(1)]))
    assert reader.seqs == [0, 0, 1, 2]


async def test_with_its_last_room_a_tenant_is_left(hub: Hub, bell: Bell) -> None:
    one, two = await hub.open(KEY), await hub.open(RoomKey(KEY.schema_name, "other"))
    hub.release(one)
    assert bell.left == []
    hub.release(two)
    assert bell.left == [KEY.schema_name]


async def test_with_its_last_listener_a_room_is_left(hub: Hub, bell: Bell) -> None:
    feed = await hub.open(KEY)
    one, two = feed.attach(Reader()), feed.attach(Reader())
    hub.release(feed)
    hub.leave(one)
    assert bell.left == []
    hub.leave(two)
    assert bell.left == [KEY.schema_name]
    assert hub._feeds == {}


async def test_a_room_that_somebody_is_just_opening_is_not_left(hub: Hub, bell: Bell) -> None:
    feed = await hub.open(KEY)
    last = feed.attach(Reader())
    hub.release(feed)
    bell.may_join.clear()
    opening = asyncio.create_task(hub.open(KEY))
    await turns()
    hub.leave(last)
    bell.may_join.set()
    assert await opening is feed
    assert bell.left == []


async def test_an_open_that_is_cancelled_leaves_nothing_behind(hub: Hub, bell: Bell) -> None:
    bell.may_join.clear()
    opening = asyncio.create_task(hub.open(KEY))
    await turns()
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    assert hub._feeds == {}
    assert bell.left == [KEY.schema_name]


async def test_a_late_leave_does_not_close_the_feed_that_came_after(hub: Hub) -> None:
    feed = await hub.open(KEY)
    old = feed.attach(Reader())
    hub.release(feed)
    hub.leave(old)
    reader = await subscribed(hub)
    hub.leave(old)
    hub.deliver(KEY, 1, [payload(1)])
    assert reader.seqs == [1]


async def test_reconciling_reads_only_what_is_behind(hub: Hub, history: History) -> None:
    behind = await subscribed(hub, KEY)
    level = await subscribed(hub, OTHER, position=2)
    history.last_seq = 2
    await hub.reconcile()
    await turns()
    assert (behind.seqs, level.seqs) == ([1, 2], [])
    assert history.reads == [0]


async def test_what_arrives_meanwhile_by_the_bell_is_not_read(hub: Hub, history: History) -> None:
    reader = await subscribed(hub)
    history.last_seq = 1
    reconciling = asyncio.create_task(hub.reconcile())
    await turns()
    hub.deliver(KEY, 1, [payload(1)])
    await reconciling
    await turns()
    assert reader.seqs == [1]
    assert history.reads == []


async def test_the_sweep_finds_what_no_bell_told_of(hub: Hub, history: History) -> None:
    reader = await subscribed(hub)
    sweeping = asyncio.create_task(hub.sweep())
    history.last_seq = 3
    await asyncio.sleep(0.2)
    assert reader.seqs == [1, 2, 3]
    sweeping.cancel()


async def test_a_tenant_that_cannot_be_read_does_not_hold_up_the_others(bell: Bell, history: History) -> None:
    async def heads(schema: str, room_ids: Sequence[str]) -> Mapping[str, int]:
        if schema == KEY.schema_name:
            raise OSError("no such schema")
        return await history.heads(schema, room_ids)

    hub = Hub(bell, history.read, heads)  # type: ignore[arg-type]
    await subscribed(hub, KEY)
    reader = await subscribed(hub, OTHER)
    history.last_seq = 1
    await hub.reconcile()
    await turns()
    assert reader.seqs == [1]
