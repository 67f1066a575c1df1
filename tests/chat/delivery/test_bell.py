"""The bell tells other processes, hears them, and never lets Redis hold anybody up."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis.asyncio as redis
from channels_redis.pubsub import RedisPubSubChannelLayer

from chat.delivery import bell as module
from chat.delivery.bell import Bell, Ring
from chat.delivery.rooms import RoomKey, group_of
from kit.ids import opaque
from tests.chat.delivery.standins import KEY, Layer, payload, turns
from tests.faults.record import eventually

GROUP = group_of(KEY.schema_name)


@dataclass
class Heard:
    rings: list[Ring] = field(default_factory=list)
    recovered: int = 0

    def recover(self) -> None:
        self.recovered += 1

    @property
    def seqs(self) -> list[int]:
        return [int(each) for ring in self.rings for each in ring.payloads]


Start = Callable[[Any], Awaitable[tuple[Bell, Heard]]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    monkeypatch.setattr(module, "_BEAT_SECONDS", 0.02)
    monkeypatch.setattr(module, "_SILENCE_SECONDS", 0.2)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    started: list[Bell] = []

    async def start_bell(layer: Any) -> tuple[Bell, Heard]:
        heard = Heard()
        bell = Bell(layer, heard.rings.append, heard.recover)
        started.append(bell)
        bell.start()
        await eventually(lambda: bell._channel is not None, 5)
        return bell, heard

    yield start_bell
    for bell in started:
        await bell.stop()


@pytest.fixture
def layer() -> Layer:
    return Layer()


async def test_one_process_rings_and_the_others_hear(start: Start, layer: Layer) -> None:
    one, own = await start(layer)
    two, others = await start(layer)
    await one.join(KEY.schema_name)
    await two.join(KEY.schema_name)
    one.ring(KEY, 1, [payload(1), payload(2)])
    await eventually(lambda: others.seqs == [1, 2], 5)
    assert [(ring.key, ring.first) for ring in others.rings] == [(KEY, 1)]
    assert own.rings == []


async def test_what_comes_together_for_a_tenant_leaves_in_one_message(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    bell.ring(KEY, 0, [b"a"])
    bell.ring(KEY, 0, [b"b"])
    for seq in (1, 2, 3, 7, 8):
        bell.ring(KEY, seq, [payload(seq)])
        bell.ring(RoomKey(KEY.schema_name, "other"), seq, [payload(seq)])
    bell.ring(RoomKey("t_globex", "general"), 1, [payload(1)])
    await turns()
    assert [group for group, _ in layer.sent].count(GROUP) == 1
    assert of_room(layer, "general") == [(0, [b"a", b"b"]), (1, [b"1", b"2", b"3"]), (7, [b"7", b"8"])]
    assert of_room(layer, "other") == [(1, [b"1", b"2", b"3"]), (7, [b"7", b"8"])]


def of_room(layer: Layer, room: str) -> list[tuple[int, list[bytes]]]:
    """What was told of a room of the tenant."""
    messages = [message for group, message in layer.sent if group == GROUP]
    return [(first, payloads) for each in messages for room_id, first, payloads in each["rings"] if room_id == room]


async def test_a_passing_event_is_not_taken_for_the_beginning_of_a_room(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    bell.ring(KEY, 0, [b"typing"])
    bell.ring(KEY, 1, [payload(1)])
    await turns()
    assert of_room(layer, "general") == [(0, [b"typing"]), (1, [b"1"])]


async def test_while_redis_hangs_what_waits_is_bounded(
    start: Start, layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_TOGETHER", 5)
    monkeypatch.setattr(module, "_MOST_WAITING", 20)
    bell, _ = await start(layer)
    layer.hangs = True
    for seq in range(1, 2_000, 2):  # none follows the one before
        bell.ring(KEY, seq, [payload(seq)])
        bell.ring(RoomKey(KEY.schema_name, f"room {seq}"), 0, [b"typing"])
    for seq in range(5_000, 7_000):  # each follows the one before
        bell.ring(KEY, seq, [payload(seq)])
    waiting = bell._waiting[KEY.schema_name]
    assert sum(len(ring.payloads) for ring in waiting.rings) <= 20
    assert len(waiting._latest) <= len(waiting.rings)
    assert int(waiting.rings[-1].payloads[-1]) == 6_999, "the youngest are worth most"
    layer.hangs = False


async def test_a_group_is_joined_once(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    for _ in range(3):
        await bell.join(KEY.schema_name)
    assert layer.added.count(GROUP) == 1


async def test_of_a_tenant_that_was_left_nothing_is_heard(start: Start, layer: Layer) -> None:
    one, _ = await start(layer)
    two, others = await start(layer)
    await two.join(KEY.schema_name)
    two.leave(KEY.schema_name)
    one.ring(KEY, 1, [payload(1)])  # before Redis knows
    await turns()
    assert others.rings == []


async def test_a_ring_that_is_lost_holds_up_nothing(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    layer.away = True
    bell.ring(KEY, 1, [payload(1)])
    await turns()
    layer.away = False
    bell.ring(KEY, 2, [payload(2)])
    await eventually(lambda: GROUP in dict(layer.sent), 5)
    assert of_room(layer, "general") == [(2, [b"2"])]


async def test_after_a_disturbance_the_process_is_told_once(start: Start, layer: Layer) -> None:
    _, heard = await start(layer)
    await asyncio.sleep(0.1)
    assert heard.recovered == 0
    layer.away = True
    await asyncio.sleep(0.3)
    assert heard.recovered == 0, "while it lasts there is nothing to catch up with"
    layer.away = False
    await eventually(lambda: heard.recovered == 1, 5)
    await asyncio.sleep(0.1)
    assert heard.recovered == 1


async def test_a_beat_that_is_not_heard_is_a_disturbance(start: Start, layer: Layer) -> None:
    """Redis answers, but has forgotten who listens: no error tells of it."""
    _, heard = await start(layer)
    subscribed, layer.groups[module._PROCESSES] = layer.groups[module._PROCESSES], set()
    await asyncio.sleep(0.3)
    layer.groups[module._PROCESSES] = subscribed
    await eventually(lambda: heard.recovered == 1, 5)


async def test_who_is_alone_rings_nobody_until_another_comes(start: Start, layer: Layer) -> None:
    one, _ = await start(layer)
    await eventually(lambda: one._alone, 5)
    one.ring(KEY, 1, [payload(1)])
    await turns()
    assert GROUP not in [group for group, _ in layer.sent]
    two, others = await start(layer)
    await two.join(KEY.schema_name)
    one.ring(KEY, 2, [payload(2)])
    await eventually(lambda: others.seqs == [2], 5)
    await two.stop()
    await eventually(lambda: one._alone, 5)


async def test_who_hears_nothing_does_not_take_itself_for_alone(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    await eventually(lambda: bell._alone, 5)
    layer.groups[module._PROCESSES] = set()
    await eventually(lambda: not bell._alone, 5)


async def test_a_group_that_could_not_be_joined_is_joined_later(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    layer.away = True
    await bell.join(KEY.schema_name)
    assert layer.groups[GROUP] == set()
    layer.away = False
    await eventually(lambda: len(layer.groups[GROUP]) == 1, 5)


async def test_joining_takes_no_longer_than_its_patience(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    layer.hangs = True
    await asyncio.wait_for(bell.join(KEY.schema_name), 2)
    layer.hangs = False
    await eventually(lambda: len(layer.groups[GROUP]) == 1, 5)


async def test_groups_are_joined_before_there_is_a_channel(layer: Layer) -> None:
    layer.away = True
    bell = Bell(layer, lambda ring: None, lambda: None)
    bell.start()
    await bell.join(KEY.schema_name)
    layer.away = False
    await eventually(lambda: len(layer.groups[GROUP]) == 1, 5)
    await bell.stop()


async def test_who_leaves_and_comes_back_at_once_stays(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    await bell.join(KEY.schema_name)
    bell.leave(KEY.schema_name)
    await bell.join(KEY.schema_name)
    await turns()
    assert layer.discarded == []
    bell.leave(KEY.schema_name)
    await turns()
    assert layer.discarded == [GROUP]


async def test_stopping_rings_what_still_waits(start: Start, layer: Layer) -> None:
    bell, _ = await start(layer)
    bell.ring(KEY, 1, [payload(1)])
    await bell.stop()
    assert of_room(layer, "general") == [(1, [b"1"])]


class TestOnValkey:
    """The same through channels-redis' pubsub layer and a real server."""

    @pytest.fixture(autouse=True)
    def patient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_PATIENCE", 2.0)
        monkeypatch.setattr(module, "_SILENCE_SECONDS", 2.0)
        monkeypatch.setattr(module, "_BEAT_SECONDS", 0.1)

    @pytest.fixture
    def make_layer(self) -> Callable[..., RedisPubSubChannelLayer]:
        prefix = opaque("test")

        def make(name: str = "") -> RedisPubSubChannelLayer:
            host = {"address": os.environ["REDIS_URL"], "socket_timeout": None, "client_name": name or None}
            return RedisPubSubChannelLayer(hosts=[host], prefix=prefix)

        return make

    async def test_one_process_rings_and_the_others_hear(self, start: Start, make_layer: Callable[[], Any]) -> None:
        one, own = await start(make_layer())
        two, others = await start(make_layer())
        await two.join(KEY.schema_name)
        for seq in range(1, 1_001):
            one.ring(KEY, seq, [payload(seq)])
            if seq % 50 == 0:
                await asyncio.sleep(0)
        await eventually(lambda: len(others.seqs) == 1_000, 10)
        assert others.seqs == list(range(1, 1_001))
        assert own.rings == []

    async def test_after_leaving_nothing_is_heard(self, start: Start, make_layer: Callable[[], Any]) -> None:
        one, _ = await start(make_layer())
        two, others = await start(make_layer())
        await two.join(KEY.schema_name)
        await two.join("t_marker")
        two.leave(KEY.schema_name)
        await asyncio.sleep(0.2)
        one.ring(KEY, 1, [payload(1)])
        one.ring(RoomKey("t_marker", "general"), 1, [payload(7)])
        await eventually(lambda: others.seqs == [7], 5)

    async def test_a_cut_connection_comes_back_by_itself(self, start: Start, make_layer: Callable[..., Any]) -> None:
        one, _ = await start(make_layer())
        two, others = await start(make_layer("to-be-cut"))
        await two.join(KEY.schema_name)
        async with redis.from_url(os.environ["REDIS_URL"]) as client:
            named = [each["id"] for each in await client.client_list() if each["name"] == "to-be-cut"]
            for connection in named:
                await client.client_kill_filter(_id=connection)
        assert named
        seq = 0

        def heard_after_ringing() -> bool:
            nonlocal seq
            seq += 1
            one.ring(KEY, seq, [payload(seq)])
            return bool(others.rings)

        await eventually(heard_after_ringing, 10)
