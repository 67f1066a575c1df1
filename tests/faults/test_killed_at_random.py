"""Killed at random moments of a load: every acknowledged message is there, once, in order, for all, and people are back
soon.

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
from tests.faults.stage import ANEW, HastyServer, Stage
from tests.support.proving import PATIENCE, PROVING, Stopwatch, amount, noted, noted_times
from tests.support.server import LiveServer
from tests.support.serving import IN_ONE_PROCESS

_BUSY_SECONDS = 10.0
_BACK_SECONDS = 5.0
_AWAY_SECONDS = 2.0  # at most
_ACKNOWLEDGED = 0.999
_LOSS = "acknowledged|different events|doubled"
_Outcome = TypeVar("_Outcome")

pytestmark = pytest.mark.timeout(PATIENCE)


@pytest.mark.parametrize("serving", IN_ONE_PROCESS, indirect=True, ids=str)
async def test_servers_killed_over_and_over_lose_double_and_disorder_nothing(
    stage: Stage, record_property: object
) -> None:
    """Of three processes two go on, another takes the place of the one that was killed."""
    chance, kills = seeded(), amount(4, 100)
    crowd = Crowd(stage, [Seat(stage) for _ in range(3)], chance)
    await _survive(crowd, _kill_servers(crowd, chance, kills))
    _note(record_property, crowd, kills)
    _judge(noted_times(record_property, "seconds from a kill to being subscribed elsewhere", crowd.returns))


async def test_a_lone_server_killed_over_and_over_has_everybody_back(stage: Stage, record_property: object) -> None:
    """Nobody goes on: people wait for the next process, which is started at once, as systemd would."""
    chance, kills = seeded(), amount(2, 100)
    crowd = Crowd(stage, [Seat(stage, **ANEW)], chance)
    await _survive(crowd, _kill_servers(crowd, chance, kills))
    _note(record_property, crowd, kills)
    _judge(noted_times(record_property, "seconds from the kill to being subscribed again", crowd.returns))


async def test_postgres_killed_over_and_over_has_every_acknowledged_message_once_and_in_order(
    stage: Stage, record_property: object
) -> None:
    """Behind both servers at once."""
    chance, kills = seeded(), amount(6, 50)
    servers = [stage.serve(serving=way) for way in IN_ONE_PROCESS]
    crowd = Crowd(stage, servers, chance)
    back: list[float] = []
    hit = await _survive(crowd, _kill_postgres(stage, crowd, servers, chance, kills, back))
    _note(record_property, crowd, kills)
    _judge(noted_times(record_property, "seconds from PostgreSQL being back to the next ack", back))
    assert min(hit[server] for server in servers) >= kills // 4, "one of them was hardly at work when it was killed"


async def test_valkey_killed_over_and_over_keeps_nearly_nobody_from_sending(
    stage: Stage, record_property: object
) -> None:
    chance, kills = seeded(), amount(2, 50)
    crowd = Crowd(stage, [stage.serve(), stage.serve()], chance)
    accepted, refused = await _survive(crowd, _kill_valkey(stage, crowd, chance, kills))
    _note(record_property, crowd, kills)
    noted(record_property, "sends acknowledged while Valkey was away", accepted)
    noted(record_property, "sends refused meanwhile", refused)
    assert accepted / (accepted + refused) >= _ACKNOWLEDGED


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
            await _survive(crowd, _kill_postgres(stage, crowd, servers, chance, 3, []))


async def _survive(crowd: Crowd, kills: Awaitable[_Outcome]) -> _Outcome:
    async with crowd.talking():
        outcome = await kills
    await crowd.check()
    return outcome


def _note(record_property: object, crowd: Crowd, kills: int) -> None:
    noted(record_property, "kills", kills)
    noted(record_property, "messages acknowledged", crowd.acks)
    noted(record_property, "events delivered", crowd.deliveries)
    noted(record_property, "lost, doubled, out of order, foreign", 0)


def _judge(seconds: float) -> None:
    """The 99th percentile; on a machine that does nothing else."""
    assert not PROVING or seconds <= _BACK_SECONDS


async def _kill_servers(crowd: Crowd, chance: random.Random, times: int) -> None:
    for _ in range(times):
        await eventually(lambda: bool(crowd.busy()), _BUSY_SECONDS)
        doomed = chance.choice(crowd.busy())
        await crowd.under_way(doomed)
        await asyncio.to_thread(doomed.kill)
        await asyncio.to_thread(doomed.take_again)
        crowd.raise_what_was_found()


async def _kill_postgres(
    stage: Stage, crowd: Crowd, servers: list[LiveServer], chance: random.Random, times: int, back: list[float]
) -> Counter[LiveServer]:
    """How many of the kills hit each server at work: they find PostgreSQL again in their own time."""
    hit: Counter[LiveServer] = Counter()
    for _ in range(times):
        hit.update(await crowd.under_way(*servers))
        await asyncio.to_thread(stage.postgres.kill)
        await asyncio.sleep(chance.uniform(0, 0.2))
        await asyncio.to_thread(stage.postgres.start)
        watch, before = Stopwatch(), crowd.acks
        await eventually(lambda before=before: crowd.acks > before, 30)  # type: ignore[misc]
        back.append(watch.seconds)
        crowd.raise_what_was_found()
    return hit


async def _kill_valkey(stage: Stage, crowd: Crowd, chance: random.Random, times: int) -> tuple[int, int]:
    """Sends that were acknowledged while it was away, and that were refused."""
    accepted = refused = 0
    for _ in range(times):
        await crowd.under_way(*crowd.busy())
        acks, refusals = crowd.acks, crowd.refused
        await asyncio.to_thread(stage.valkey.kill)
        await asyncio.sleep(chance.uniform(0.1, _AWAY_SECONDS))
        accepted, refused = accepted + crowd.acks - acks, refused + crowd.refused - refusals
        await asyncio.to_thread(stage.valkey.start)
        crowd.raise_what_was_found()
    return accepted, refused
