"""A lone server dies with thousands of sockets on it: they all come back to the next one."""

from __future__ import annotations

import asyncio

import pytest

from tests.bench.cores import raise_file_limit
from tests.faults.crowd import Crowd, Scale, Seat, seeded
from tests.faults.record import eventually
from tests.faults.stage import ANEW, Stage
from tests.support.proving import PATIENCE, PROVING, amount, noted_times

_SOCKETS = amount(60, 5_000)
_TENANTS, _ROOMS = 2, 3
_BACK_SECONDS = 30.0


@pytest.mark.timeout(PATIENCE)
async def test_everybody_is_back_after_a_restart_and_has_missed_nothing(stage: Stage, record_property: object) -> None:
    raise_file_limit()
    chance, seat = seeded(), Seat(stage, **ANEW)
    each = -(-_SOCKETS // (_TENANTS * _ROOMS))
    crowd = Crowd(stage, [seat], chance, Scale(_TENANTS, senders=1, listeners=each, pause=0.2, breath=3.0))
    async with crowd.talking():
        await crowd.under_way(seat)
        await asyncio.to_thread(seat.kill)
        await asyncio.to_thread(seat.take_again)
        await eventually(lambda: len(crowd.returns) >= _SOCKETS, 120)
    await crowd.check()
    slowest = noted_times(record_property, "seconds from the kill to being subscribed again", crowd.returns)
    assert not PROVING or slowest <= _BACK_SECONDS
