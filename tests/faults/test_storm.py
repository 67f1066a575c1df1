"""All that may fail fails, in an order of chance, while a crowd talks: the promise of ``ledger.py`` holds."""

from __future__ import annotations

import pytest

from tests.bench.cores import raise_file_limit
from tests.faults.crowd import Scale, seeded
from tests.faults.faults import EVERY
from tests.faults.stage import Stage
from tests.faults.storm import storm
from tests.support.proving import PATIENCE, PROVING, Stopwatch, amount, noted, noted_times, seconds

SCALE = Scale(amount(2, 6), senders=amount(1, 4), listeners=amount(3, 32), pause=0.1, changes=True)
_SOME = 4


@pytest.mark.timeout(PATIENCE)
async def test_in_a_storm_nothing_is_lost_doubled_disordered_or_foreign(stage: Stage, record_property: object) -> None:
    raise_file_limit()
    chance, watch = seeded(), Stopwatch()
    async with storm(stage, chance, SCALE) as standing:
        crowd = standing.crowd
        async with crowd.talking():
            await standing.rage(seconds(1, 60), EVERY if PROVING else chance.sample(EVERY, _SOME))
        stored = await crowd.check()
        standing.check_whispers()
    noted(record_property, "seconds", watch.seconds)
    noted(record_property, "messages acknowledged", crowd.acks)
    noted(record_property, "messages stored", stored)
    noted(record_property, "events delivered", crowd.deliveries)
    noted(record_property, "lost, doubled, out of order, foreign", 0)
    noted(record_property, "refused for now", crowd.refused)
    noted(record_property, "removals from a room, after which nothing was acknowledged", standing.doorman.removals)
    if PROVING or crowd.returns:  # of few faults none may have cut anybody off
        noted_times(record_property, "seconds from a cut to being subscribed again", crowd.returns)
    for name, times in sorted(standing.struck.items()):
        noted(record_property, f"times: {name.replace('_', ' ')}", times)
