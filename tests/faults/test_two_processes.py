"""Two ``serve`` processes on one PostgreSQL and one Redis are one service."""

from __future__ import annotations

import pytest

from tests.faults.forgetful_serve import FORGOTTEN
from tests.faults.record import Record, conversation, eventually
from tests.faults.stage import ForgetfulServer, Stage, StageTenant
from tests.support.serving import ONE_AND_TWO

one_and_two = pytest.mark.parametrize("serving", ONE_AND_TWO, indirect=True, ids=str)


@one_and_two
async def test_what_is_sent_to_one_process_arrives_at_the_other_in_order(stage: Stage, tenant: StageTenant) -> None:
    one, other = stage.serve(), stage.serve()
    record = Record(tenant)
    servers = [[one], [other]]
    async with conversation(record, senders=servers * 6, subscribers=servers * 2):
        await eventually(lambda: record.acks >= 600, 30)
    await record.check(one)
    assert record.ledger.authors.keys() == {f"sender{i}" for i in range(12)}


@one_and_two
async def test_messages_whose_bell_was_lost_are_read_and_come_in_order(stage: Stage, tenant: StageTenant) -> None:
    """Between commit and publish a message may be forgotten: a later one shows the hole, and the sweep the end."""
    forgetful, other = stage.serve(ForgetfulServer, FORGET_EVERY="3"), stage.serve()
    record = Record(tenant)
    async with conversation(record, senders=[[forgetful]] * 3, subscribers=[[other], [other], [forgetful]]):
        await eventually(lambda: record.acks >= 200, 30)
    await record.check(other)
    assert forgetful.log().count(FORGOTTEN) >= 20


async def test_a_lone_message_whose_bell_was_lost_is_found_by_the_sweep(stage: Stage, tenant: StageTenant) -> None:
    forgetful, other = stage.serve(ForgetfulServer, FORGET_EVERY="1"), stage.serve()
    record = Record(tenant)
    async with conversation(record, senders=[[forgetful]], subscribers=[[other]]):
        await eventually(lambda: record.acks >= 1, 10)
        record.senders[0].finish()
        await record.level(10)
    await record.check(other)
