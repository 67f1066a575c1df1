"""PostgreSQL is the truth: while it is away nothing is acknowledged, and when it is back everything goes on."""

from __future__ import annotations

import asyncio

from tests.faults.record import Record, conversation, eventually
from tests.faults.stage import Stage, StageTenant
from tests.support.proving import Stopwatch, noted
from tests.support.sockets import person

_RECOVERED_SECONDS = 10.0


async def test_killed_under_load_it_has_every_acknowledged_message_once(
    stage: Stage, tenant: StageTenant, record_property: object
) -> None:
    """What is sent meanwhile is refused for now or stored later, never twice."""
    pair = stage.serve(), stage.serve()
    record = Record(tenant)
    homes = [[server] for server in pair]
    async with conversation(record, senders=homes * 3, subscribers=homes):
        await eventually(lambda: record.acks >= 200, 30)
        await asyncio.to_thread(stage.postgres.kill)
        await asyncio.sleep(3)
        acknowledged = record.acks
        await asyncio.to_thread(stage.postgres.start)
        back = Stopwatch()
        await eventually(lambda: record.acks > acknowledged, _RECOVERED_SECONDS)
        noted(record_property, "seconds to the first ack after PostgreSQL was back", back.seconds)
        await eventually(lambda: record.acks > acknowledged + 200, 30)
    await record.check(pair[0])
    noted(record_property, "refused for now", record.refused.total())


async def test_away_for_longer_it_is_found_again_as_soon_as_it_is_back(
    stage: Stage, tenant: StageTenant, record_property: object
) -> None:
    """However often the server has tried in vain by then: its pauses do not grow with the absence."""
    server = stage.serve()
    record = Record(tenant)
    async with conversation(record, senders=[[server]] * 2, subscribers=[[server]]):
        await eventually(lambda: record.acks >= 20, 30)
        await asyncio.to_thread(stage.postgres.kill)
        await asyncio.sleep(16.5)
        acknowledged = record.acks
        await asyncio.to_thread(stage.postgres.start)
        back = Stopwatch()
        await eventually(lambda: record.acks > acknowledged, _RECOVERED_SECONDS)
        noted(record_property, "seconds to the first ack after a long absence", back.seconds)
    await record.check(server)
    noted(record_property, "refused for now", record.refused.total())


async def test_after_its_return_the_server_still_hears_of_suspensions(stage: Stage, tenant: StageTenant) -> None:
    server = stage.serve()
    async with person(server, tenant, "ann") as ann:  # type: ignore[arg-type]
        await ann.subscribe()
        await asyncio.to_thread(stage.postgres.kill)
        await asyncio.to_thread(stage.postgres.start)
        await asyncio.sleep(2)
        await asyncio.to_thread(stage.suspend, tenant)
        assert await ann.closed(5) == 4403
    assert ann.heard[-1]["code"] == "tenant_suspended"
