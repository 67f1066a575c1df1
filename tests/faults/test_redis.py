"""Redis is a doorbell: without it messages are stored and acknowledged, and with it back everybody hears them."""

from __future__ import annotations

import asyncio
import signal

import pytest
import redis

from tests.faults.record import Record, Subscriber, conversation, eventually
from tests.faults.stage import Stage, StageTenant
from tests.support.proving import Stopwatch, noted
from tests.support.server import LiveServer
from tests.support.serving import ONE_AND_TWO

_HEALED_SECONDS = 10.0


@pytest.fixture
def pair(stage: Stage) -> tuple[LiveServer, LiveServer]:
    return stage.serve(), stage.serve()


Pair = tuple[LiveServer, LiveServer]


async def _acknowledged(record: Record, more: int, seconds: float = 20.0) -> None:
    """Wait for so many more acks."""
    enough = record.acks + more
    await eventually(lambda: record.acks >= enough, seconds)


async def _newcomer(record: Record, server: LiveServer) -> asyncio.Task[None]:
    """Somebody who subscribes now; returns once that is done."""
    newcomer = Subscriber(record, f"newcomer{len(record.subscribers)}", [server])
    task = asyncio.create_task(newcomer.run())
    await asyncio.wait_for(newcomer.subscribed.wait(), 10)
    record.subscribers.append(newcomer)
    return task


@pytest.mark.parametrize("serving", ONE_AND_TWO, indirect=True, ids=str)
async def test_a_conversation_outlives_flushall_and_the_death_of_redis(
    stage: Stage, tenant: StageTenant, pair: Pair, record_property: object
) -> None:
    """Every acknowledged message reaches every subscriber once and in order, within 10 s of Redis being back."""
    record = Record(tenant)
    one, other = [[server] for server in pair]
    async with conversation(record, senders=[one, other] * 2, subscribers=[one, other] * 2):
        await _acknowledged(record, 100)
        with redis.Redis.from_url(stage.redis_url) as client:
            client.flushall()
        await _acknowledged(record, 100)
        await asyncio.to_thread(stage.valkey.kill)
        await _acknowledged(record, 100)
        newcomers = [await _newcomer(record, server) for server in pair]
        await _acknowledged(record, 50)
        await asyncio.to_thread(stage.valkey.start)
        back = Stopwatch()
        stored_while_away = record.head
        await eventually(
            lambda: all(each.last_seq >= stored_while_away for each in record.subscribers), _HEALED_SECONDS
        )
        noted(record_property, "healed seconds after Redis was back", back.seconds)
        await _acknowledged(record, 100)
        for sender in record.senders:
            sender.finish()
        await record.level(_HEALED_SECONDS)
    await record.check(pair[0])
    assert record.refused == {}, "Redis being away is no reason to refuse a message"
    for task in newcomers:
        task.cancel()


async def test_when_redis_is_back_the_bell_rings_again(stage: Stage, tenant: StageTenant, pair: Pair) -> None:
    """Not only the sweep every few seconds: afterwards messages arrive as promptly as before."""
    record = Record(tenant)
    one, other = [[server] for server in pair]
    async with conversation(record, senders=[one], subscribers=[other]):
        await _acknowledged(record, 5)
        await asyncio.to_thread(stage.valkey.kill)
        await asyncio.to_thread(stage.valkey.start)
        await asyncio.sleep(6)
        [listener], before = record.subscribers, record.head
        arrivals: set[int] = set()
        for _ in range(100):  # 2 s: less than a sweep, so what moves here was rung
            await asyncio.sleep(0.02)
            arrivals.add(listener.last_seq)
        assert len([seq for seq in arrivals if seq > before]) >= 10
    await record.check(pair[0])


async def test_a_connection_lost_for_less_than_a_beat_heals(
    stage: Stage, tenant: StageTenant, pair: Pair, record_property: object
) -> None:
    record = Record(tenant)
    one, other = [[server] for server in pair]
    async with conversation(record, senders=[one, other], subscribers=[one, other]):
        for _ in range(5):
            await _acknowledged(record, 20)
            with redis.Redis.from_url(stage.redis_url) as client:
                client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        for sender in record.senders:
            sender.finish()
        since = Stopwatch()
        await record.level(_HEALED_SECONDS)
        noted(record_property, "healed seconds after the last cut", since.seconds)
    await record.check(pair[0])
    assert record.refused == {}


async def test_a_redis_that_hangs_holds_up_no_ack_and_loses_nothing(
    stage: Stage, tenant: StageTenant, pair: Pair, record_property: object
) -> None:
    record = Record(tenant)
    one, other = [[server] for server in pair]
    async with conversation(record, senders=[one, other], subscribers=[one, other]):
        await _acknowledged(record, 20)
        stage.valkey.child.send(signal.SIGSTOP)
        try:
            hung = Stopwatch()
            await _acknowledged(record, 150, seconds=10)
            noted(record_property, "seconds for 150 acks while Redis hung", hung.seconds)
            newcomer = await _newcomer(record, pair[1])
            await asyncio.sleep(2)
        finally:
            stage.valkey.child.send(signal.SIGCONT)
        back = Stopwatch()
        await eventually(record.all_level, _HEALED_SECONDS)
        noted(record_property, "healed seconds after Redis went on", back.seconds)
    await record.check(pair[0])
    newcomer.cancel()
    assert record.refused == {}
