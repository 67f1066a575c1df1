"""Buckets that all processes share: each SharedBuckets stands for a process."""

from __future__ import annotations

import asyncio
import os
import secrets
import time

import pytest
from redis.asyncio import Redis

from kit import shared_buckets
from kit.shared_buckets import SharedBuckets
from tests.support.server import free_port


@pytest.fixture
def key() -> str:
    return f"test:{secrets.token_hex(8)}"


@pytest.fixture
async def processes() -> object:
    both = SharedBuckets(os.environ["REDIS_URL"]), SharedBuckets(os.environ["REDIS_URL"])
    yield both
    for each in both:
        await each.close()


async def test_two_processes_let_through_one_burst(
    processes: tuple[SharedBuckets, ...], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_buckets, "_PATIENCE", 10)  # however busy the machine, Redis is there
    asked = [each.take(key, 0.01, 10) for each in processes * 10]
    assert sum(standing.wait == 0 for standing in await asyncio.gather(*asked)) == 10


async def test_who_must_wait_is_told_how_long_and_how_things_stand(
    processes: tuple[SharedBuckets, ...], key: str
) -> None:
    here, there = processes
    first = await here.take(key, 0.5, 2)
    assert (first.wait, first.remaining) == (0, 1)
    assert first.reset == pytest.approx(2, abs=0.1)
    second = await there.take(key, 0.5, 2)
    assert (second.wait, second.remaining) == (0, 0)
    third = await there.take(key, 0.5, 2)
    assert third.wait == pytest.approx(2, abs=0.2)
    assert third.remaining == 0


async def test_time_fills_the_shared_bucket(processes: tuple[SharedBuckets, ...], key: str) -> None:
    here, there = processes
    assert (await here.take(key, 50, 1)).wait == 0
    waiting = await there.take(key, 50, 1)
    await asyncio.sleep(waiting.wait + 0.05)
    assert (await there.take(key, 50, 1)).wait == 0


async def test_keys_do_not_touch_and_leave_nothing_behind(processes: tuple[SharedBuckets, ...], key: str) -> None:
    here, _ = processes
    assert (await here.take(key, 1, 1)).wait == 0
    assert (await here.take(f"{key}:other", 1, 1)).wait == 0
    async with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        assert 0 < await redis.pttl(key) <= 1_001


async def test_without_redis_the_process_decides_alone_and_at_once(key: str) -> None:
    alone = SharedBuckets(f"redis://127.0.0.1:{free_port()}")
    started = time.perf_counter()
    standings = [await alone.take(key, 0.01, 5) for _ in range(20)]
    assert [standing.wait == 0 for standing in standings] == [True] * 5 + [False] * 15
    assert time.perf_counter() - started < 1.0
    await alone.close()


async def test_a_redis_that_does_not_answer_holds_one_caller_up_and_shortly(key: str) -> None:
    silent = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1")
    port = silent.sockets[0].getsockname()[1]
    alone = SharedBuckets(f"redis://127.0.0.1:{port}")
    started = time.perf_counter()
    assert [(await alone.take(key, 0.01, 5)).wait for _ in range(5)] == [0] * 5
    assert time.perf_counter() - started < 1.0
    await alone.close()
    silent.close()


async def test_what_begins_alike_is_forgotten_together(processes: tuple[SharedBuckets, ...], key: str) -> None:
    here, there = processes
    for name in (f"{key}:a", f"{key}:b", f"{key}2:a"):
        assert (await here.take(name, 0.01, 1)).wait == 0
    await asyncio.to_thread(here.forget, f"{key}:")
    waits = [(await there.take(name, 0.01, 1)).wait > 0 for name in (f"{key}:a", f"{key}:b", f"{key}2:a")]
    assert waits == [False, False, True]
