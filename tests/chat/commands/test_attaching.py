"""Attaching: an upload belongs to one message, whoever races for it, and goes with it."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace

import pytest
from django.core.files.base import File

from chat.commands.attaching import find_attachments
from chat.commands.sending import Draft, Sent, commit
from chat.commands.uploading import upload
from chat.policies import SERVER, Actor
from kit.errors import ParleyError
from kit.ids import uuid7
from tenants.scope import tenant_scope
from tests.chat.commands.statements import counted
from tests.chat.commands.stored import run
from tests.support.cast import Tenancy

ANN, BOB = Actor("ann"), Actor("bob")


async def handed_in(tenancy: Tenancy, actor: Actor = ANN, name: str = "a.txt") -> str:
    with tenant_scope(tenancy.record):
        return (await upload(tenancy.record, actor, File(io.BytesIO(b"hello")), name)).id


async def find(tenancy: Tenancy, *upload_ids: str, actor: Actor = ANN, client_id: str | None = None) -> list[str]:
    """The ids of what is found, or the code of the refusal."""
    with tenant_scope(tenancy.record):
        try:
            found = await find_attachments(tenancy.record, actor, "general", client_id, upload_ids)
        except ParleyError as refusal:
            return [refusal.code.name]
    return [attachment["id"] for attachment in found]


async def draft(tenancy: Tenancy, *upload_ids: str, client_id: str | None = None) -> Draft:
    with tenant_scope(tenancy.record):
        found = await find_attachments(tenancy.record, ANN, "general", client_id, upload_ids)
    return Draft(uuid7(), "general", "ann", client_id, "see", {"attachments": found})


def shown(sent: Sent | ParleyError) -> list[str]:
    assert isinstance(sent, Sent)
    assert sent.event is not None
    return [attachment["id"] for attachment in sent.event.attachments]


async def test_attachments_are_described_in_the_order_given_each_once(people: Tenancy) -> None:
    first, second = await handed_in(people, name="1.txt"), await handed_in(people, name="2.txt")
    assert await find(people, second, first, second) == [second, first]
    with tenant_scope(people.record), counted() as seen:
        [found] = await find_attachments(people.record, ANN, "general", None, [first])
    assert found == {
        "id": first,
        "name": "1.txt",
        "type": "text/plain",
        "size": 5,
        "width": None,
        "height": None,
        "blurhash": None,
    }
    assert seen["statements"] == 1


async def test_only_ones_own_and_the_servers_uploads_can_be_attached(people: Tenancy, globex: Tenancy) -> None:
    own, servers, bobs = await handed_in(people), await handed_in(people, SERVER), await handed_in(people, BOB)
    assert await find(people, own, servers) == [own, servers]
    for other in (bobs, await handed_in(globex, SERVER), "up_nothing", ""):
        assert await find(people, own, other) == ["upload_not_found"]


async def test_the_plan_counts_a_messages_attachments(people: Tenancy) -> None:
    ids = [await handed_in(people) for _ in range(3)]
    fewer = replace(people.record, limits=replace(people.record.limits, attachments_per_message=2))
    with tenant_scope(people.record):
        assert len(await find_attachments(fewer, ANN, "general", None, [*ids[:2], *ids[:2]])) == 2
        with pytest.raises(ParleyError) as refused:
            await find_attachments(fewer, ANN, "general", None, ids)
    assert refused.value.code.name == "plan_limit_reached"


async def test_a_message_takes_its_uploads_along_in_one_transaction(people: Tenancy) -> None:
    upload_id = await handed_in(people)
    message = await draft(people, upload_id)
    [sent] = await commit(people.record, [message])
    assert shown(sent) == [upload_id]
    assert await run(people, "SELECT message_id FROM chat_upload") == [(message.id,)]
    assert await find(people, upload_id) == ["upload_not_found"]


async def test_a_message_that_is_refused_leaves_its_uploads_free(people: Tenancy) -> None:
    upload_id = await handed_in(people)
    await run(people, "UPDATE chat_room SET archived_at = now()")
    [refused] = await commit(people.record, [await draft(people, upload_id)])
    assert isinstance(refused, ParleyError)
    assert await find(people, upload_id) == [upload_id]


async def test_the_same_message_again_finds_the_same_attachments(people: Tenancy) -> None:
    upload_id = await handed_in(people)
    first = await draft(people, upload_id, client_id="c1")
    again = await draft(people, upload_id, client_id="c1")
    await commit(people.record, [first])
    later = await draft(people, upload_id, client_id="c1")
    repeats = await commit(people.record, [again, later])
    assert [repeat.id for repeat in repeats if isinstance(repeat, Sent)] == [first.id, first.id]
    assert await run(people, "SELECT message_id FROM chat_upload") == [(first.id,)]
    assert await find(people, upload_id, client_id="c2") == ["upload_not_found"]


async def test_of_two_messages_that_race_for_an_upload_one_gets_it(people: Tenancy) -> None:
    upload_id, spare = await handed_in(people), await handed_in(people)
    drafts = [await draft(people, upload_id, spare), await draft(people, upload_id), await draft(people, upload_id)]
    together = await commit(people.record, drafts[:2])
    assert [shown(sent) for sent in together] == [[upload_id, spare], []]
    [late] = await commit(people.record, drafts[2:])
    assert shown(late) == []
    stored = await run(people, "SELECT jsonb_array_length(attachments) FROM chat_message ORDER BY seq")
    assert stored == [(2,), (0,), (0,)]


async def test_races_in_opposite_order_hold_up_nobody(people: Tenancy) -> None:
    await run(people, "INSERT INTO chat_room (id, kind, epoch) VALUES ('other', 'open', 'e')")
    for _ in range(10):
        ids = [await handed_in(people) for _ in range(4)]
        one = [await draft(people, upload_id) for upload_id in ids]
        other = [(await draft(people, upload_id))._replace(room_id="other") for upload_id in reversed(ids)]
        answers = await asyncio.gather(commit(people.record, one), commit(people.record, other))
        taken = sorted(upload_id for batch in answers for sent in batch for upload_id in shown(sent))
        assert taken == sorted(ids)


@pytest.mark.parametrize("statement", ["UPDATE chat_message SET deleted_at = now()", "DELETE FROM chat_message"])
async def test_a_deleted_message_gives_its_uploads_up(people: Tenancy, statement: str) -> None:
    upload_id, other = await handed_in(people), await handed_in(people)
    await commit(people.record, [await draft(people, upload_id)])
    await run(people, statement)
    given_up = await run(people, "SELECT id FROM chat_upload WHERE message_id IS NULL AND discarded_at IS NOT NULL")
    assert given_up == [(upload_id,)]
    assert await find(people, upload_id) == ["upload_not_found"]
    assert await find(people, other) == [other]
