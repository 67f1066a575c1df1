"""Killed twenty times at random moments of a load: every acknowledged message is there, once, in order, for all.

The moments have nothing to do with what the killed process was at: before a commit, in it, between it and the ack,
between the ack and the ring.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from typing import TypeVar

import pytest

from tests.faults.crowd import Crowd, Seat, seeded
from tests.faults.record import eventually
from tests.faults.stage import HastyServer, Stage, Stopwatch, noted
from tests.support.server import LiveServer
from tests.support.serving import IN_ONE_PROCESS

_KILLS = 20
_BUSY_SECONDS = 10.0
_LOSS = "acknowledged"
_Outcome = TypeVar("_Outcome")

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("serving", IN_ONE_PROCESS, indirect=True, ids=str)
async def test_servers_killed_twenty_times_lose_double_and_disorder_nothing(
    stage: Stage, record_property: object
) -> None:
    """Ten times on each server. Of three processes two go on, another takes the place of the one that was killed."""
    chance, watch = seeded(), Stopwatch()
    seats = [Seat(stage) for _ in range(3)]
    crowd = Crowd(stage, seats, chance)
    await _survive(crowd, _kill_servers(crowd, chance, _KILLS // len(IN_ONE_PROCESS)))
    noted(record_property, "seconds", watch.seconds)


async def test_postgres_killed_twenty_times_has_every_acknowledged_message_once_and_in_order(
    stage: Stage, record_property: object
) -> None:
    """Behind both servers at once."""
    chance, watch = seeded(), Stopwatch()
    servers = [stage.serve(serving=way) for way in IN_ONE_PROCESS]
    crowd = Crowd(stage, servers, chance)
    hit = await _survive(crowd, _kill_postgres(stage, crowd, servers, chance, _KILLS))
    noted(record_property, "seconds", watch.seconds)
    assert min(hit[server] for server in servers) >= _KILLS // 4, "one of them was hardly at work when it was killed"


async def test_acks_that_came_before_the_commit_are_found(stage: Stage) -> None:
    """Else the tests above would show nothing."""
    chance = seeded()
    crowd = Crowd(stage, [Seat(stage, HastyServer)], chance)
    with pytest.raises(AssertionError, match=_LOSS):
        await _survive(crowd, _kill_servers(crowd, chance, 3))


async def test_acks_of_what_postgres_only_had_in_memory_are_found(stage: Stage) -> None:
    """Or, which is lost as easily, that somebody is a member."""
    chance = seeded()
    with stage.unsafe_commits():
        servers = [stage.serve()]
        crowd = Crowd(stage, servers, chance)
        with pytest.raises(AssertionError, match=f"{_LOSS}|not_allowed"):
            await _survive(crowd, _kill_postgres(stage, crowd, servers, chance, 3))


async def _survive(crowd: Crowd, kills: Awaitable[_Outcome]) -> _Outcome:
    async with crowd.talking():
        outcome = await kills
    await crowd.check()
    return outcome


async def _kill_servers(crowd: Crowd, chance: random.Random, times: int) -> None:
    for _ in range(times):
        await eventually(lambda: bool(crowd.busy()), _BUSY_SECONDS)
        doomed = chance.choice(crowd.busy())
        await crowd.under_way(doomed)
        await asyncio.to_thread(doomed.kill)
        await asyncio.to_thread(doomed.take_again)


async def _kill_postgres(
    stage: Stage, crowd: Crowd, servers: list[LiveServer], chance: random.Random, times: int
) -> Counter[LiveServer]:
    """How many of the kills hit each server at work: they find PostgreSQL again in their own time."""
    hit: Counter[LiveServer] = Counter()
    for _ in range(times):
        hit.update(await crowd.under_way(*servers))
        await asyncio.to_thread(stage.postgres.kill)
        await asyncio.sleep(chance.uniform(0, 0.2))
        await asyncio.to_thread(stage.postgres.start)
    return hit
