"""A server process that dies, or is told to stop, loses nothing that it acknowledged."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.record import Record, Sender, conversation, eventually
from tests.faults.stage import Stage, StageTenant
from tests.support.proving import Stopwatch, noted
from tests.support.serving import ONE_AND_TWO

pytestmark = pytest.mark.parametrize("serving", ONE_AND_TWO, indirect=True, ids=str)


async def test_killed_under_load_its_people_go_on_with_the_other_process(
    stage: Stage, tenant: StageTenant, record_property: object
) -> None:
    """They come back with ``since``: nothing acknowledged is missing, doubled or out of order."""
    doomed, other = stage.serve(), stage.serve()
    record = Record(tenant)
    homes = [[doomed, other], [other]]
    async with conversation(record, senders=homes * 3, subscribers=homes * 2):
        await eventually(lambda: record.acks >= 200, 30)
        doomed.kill()
        gone, before = Stopwatch(), record.acks
        await eventually(lambda: record.acks >= before + 200, 30)
        noted(record_property, "seconds to the next 200 acks", gone.seconds)
    await record.check(other)
    assert all(len(each.closes) == 1 for each in record.subscribers[::2]), "they were cut once"


async def test_a_message_sent_again_after_the_crash_is_the_same_message(stage: Stage, tenant: StageTenant) -> None:
    """Acknowledged or not, the same ``client_id`` gives one id and one seq, at whichever process."""
    doomed, other = stage.serve(), stage.serve()
    record = Record(tenant)
    async with conversation(record, senders=[[doomed, other]] * 4, subscribers=[]):
        await eventually(lambda: record.acks >= 100, 30)
        doomed.kill()
        await eventually(lambda: all(sender.sent > 30 for sender in record.senders), 30)
    again = Sender(record, "sender0", [other])
    running = asyncio.create_task(again.run())
    try:
        await eventually(lambda: again.sent >= 20, 30)  # ``acknowledge`` compares with the first answers
        again.finish()
        await running
    finally:
        running.cancel()
    await record.check(other)


async def test_told_to_stop_it_answers_what_it_took_says_1012_and_ends_well(
    stage: Stage, tenant: StageTenant, record_property: object
) -> None:
    leaving, other = stage.serve(), stage.serve()
    record = Record(tenant)
    homes = [[leaving, other], [other]]
    async with conversation(record, senders=homes * 3, subscribers=homes * 2):
        await eventually(lambda: record.acks >= 100, 30)
        told = Stopwatch()
        code = await asyncio.to_thread(leaving.stop)
        noted(record_property, "seconds from SIGTERM to the end", told.seconds)
        assert code == 0, leaving.log()[-2000:]
        assert told.seconds < 10
        before = record.acks
        await eventually(lambda: record.acks >= before + 100, 30)
    await record.check(other)
    assert [each.closes for each in record.subscribers[::2]] == [[1012]] * 2


async def test_it_ends_well_also_while_redis_is_away(stage: Stage, tenant: StageTenant) -> None:
    server = stage.serve()
    record = Record(tenant)
    async with conversation(record, senders=[[server]], subscribers=[[server]]):
        await eventually(lambda: record.acks >= 20, 30)
    await asyncio.to_thread(stage.valkey.kill)
    told = Stopwatch()
    assert await asyncio.to_thread(server.stop) == 0, server.log()[-2000:]
    assert told.seconds < 10
