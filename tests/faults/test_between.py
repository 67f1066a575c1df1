"""A server that dies between a commit and what follows it: the message is delivered once all the same, soon, and who
sends it again gets the same id and seq."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import chain, cycle
from time import monotonic

import pytest

from tests.faults.line import Cut, connect
from tests.faults.mortal_serve import BEFORE_ACK, BEFORE_RING
from tests.faults.record import Record, conversation, eventually
from tests.faults.stage import MortalServer, Stage, StageTenant
from tests.support.proving import PATIENCE, PROVING, amount, noted_times
from tests.support.server import LiveServer

_KILLS = amount(3, 1_000)
_AT_ONCE = amount(1, 4)  # mortal servers, each with a tenant of its own, beside one that lives
_DELIVERED_SECONDS = 2.0


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("dies", [BEFORE_ACK, BEFORE_RING])
async def test_killed_after_the_commit_the_message_arrives_once_and_a_retry_is_the_same(
    stage: Stage, dies: str, record_property: object
) -> None:
    living = stage.serve()
    mortals = [stage.serve(MortalServer) for _ in range(_AT_ONCE)]
    times = await asyncio.gather(
        *(_die_over_and_over(stage.tenant(), mortal, living, dies, _KILLS // _AT_ONCE) for mortal in mortals)
    )
    slowest = noted_times(record_property, f"seconds from a kill to the delivery, {dies}", chain(*times))
    assert not PROVING or slowest <= _DELIVERED_SECONDS


async def _die_over_and_over(
    tenant: StageTenant, mortal: LiveServer, living: LiveServer, dies: str, kills: int
) -> list[float]:
    """Seconds from each death to when everybody had heard."""
    record, times = Record(tenant), []
    homes = cycle((mortal, living))
    async with conversation(record, senders=[], subscribers=[[living], [living], [mortal, living]]):
        for number in range(kills):
            died_at = await _send(record, mortal, dies, number)
            await eventually(lambda: all(each.last_seq > number for each in record.subscribers[:2]), 30)  # noqa: B023
            times.append(monotonic() - died_at)
            assert await _send(record, next(homes), dies, number) is None, "a repeat kills nobody"
    await record.check(living)
    return times


async def _send(record: Record, server: LiveServer, dies: str, number: int) -> float | None:
    """Send the message; when the server died of it, or None if it did not. Acks go to the ledger."""
    client_id, died_at = f"{dies}-{number}", None
    fields = {"room": record.room, "text": record.ledger.text(client_id), "client_id": client_id}
    while True:
        with suppress(OSError, TimeoutError):
            line = await connect(server, record.tenant, dies, lambda _: None)
            break
        await asyncio.sleep(0.05)
    try:
        answer = await line.ask("message.send", **fields)
        assert answer["type"] == "ok", answer
        record.ledger.acknowledge(client_id, answer["id"], answer["seq"])
        with suppress(TimeoutError):
            await asyncio.wait_for(line.ended, 0.5)
            died_at = monotonic()
    except Cut:
        died_at = monotonic()
    finally:
        line.hang_up()
    return died_at
