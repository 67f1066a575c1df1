"""Many drafts, one transaction: each is judged by what holds at the moment of the commit."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from chat.commands.sending import Sent, commit
from tenants.connections import tenant_connection
from tenants.scope import tenant_scope
from tests.chat.commands.stored import check_counted, draft, make_room, run, said, send, texts
from tests.support.cast import Tenancy
from tests.support.plugin import ROOT


async def test_drafts_are_stored_in_their_order_and_counted_by_room(people: Tenancy) -> None:
    await make_room(people, "other")
    said = await send(people, draft("a"), draft("b", room="other"), draft("c", user="bob"), draft("d", room="other"))
    assert said == [1, 1, 2, 2]
    assert await texts(people) == ["a", "c"]
    assert await texts(people, "other") == ["b", "d"]
    assert await check_counted(people) == 2
    assert await send(people, draft("e")) == [3]


async def test_each_draft_has_its_own_verdict(people: Tenancy) -> None:
    await make_room(people, "private", "private", "ann")
    await make_room(people, "old")
    await run(people, "UPDATE chat_room SET archived_at = now() WHERE id = 'old'")
    await run(people, "UPDATE chat_user SET deactivated_at = now() WHERE id = 'carol'")
    said = await send(
        people,
        draft("a"),
        draft(room="nowhere"),
        draft("b", room="private"),
        draft(room="private", user="bob"),
        draft(room="old"),
        draft(user="carol"),
        draft(user="nobody"),
        draft("c"),
    )
    assert said == [1, "room_not_found", 1, "not_allowed", "room_archived", "not_allowed", "not_allowed", 2]
    assert await texts(people) == ["a", "c"]
    assert await check_counted(people, "private") == 1
    assert await check_counted(people, "old") == 0


async def test_the_event_says_who_wrote_what(people: Tenancy) -> None:
    [sent] = await commit(people.record, [draft("hi", user="bob", client_id="c1")])
    assert isinstance(sent, Sent)
    assert sent.event is not None
    event = sent.event
    assert (event.user_name, event.text, event.client_id, event.kind) == ("Bob", "hi", "c1", "message")
    assert (event.seq, event.changed_seq, event.id) == (sent.seq, 1, sent.id)


async def test_a_repeat_in_one_batch_is_the_same_message(people: Tenancy) -> None:
    drafts = [draft("a", client_id="c"), draft("again", client_id="c"), draft("b", client_id="d")]
    first, again, other = await commit(people.record, drafts)
    assert isinstance(first, Sent)
    assert isinstance(again, Sent)
    assert (again.id, again.seq, again.event) == (first.id, first.seq, None), "announced once"
    assert said(other) == 2
    assert await texts(people) == ["a", "b"]


async def test_a_repeat_in_a_later_batch_is_the_same_message(people: Tenancy) -> None:
    [first] = await commit(people.record, [draft("a", client_id="c")])
    new, again = await commit(people.record, [draft("b"), draft("other words", client_id="c")])
    assert isinstance(first, Sent)
    assert isinstance(again, Sent)
    assert (again.id, again.seq, again.created_at, again.event) == (first.id, 1, first.created_at, None)
    assert said(new) == 2
    assert await texts(people) == ["a", "b"]


async def test_a_client_id_is_one_users_own_in_one_room(people: Tenancy) -> None:
    await make_room(people, "other")
    drafts = [draft(client_id="c"), draft(client_id="c", user="bob"), draft(client_id="c", room="other")]
    assert await send(people, *drafts) == [1, 2, 1]


async def test_committed_twice_a_batch_is_stored_once_and_still_announced(people: Tenancy) -> None:
    """After a connection lost at the commit nobody knows whether it happened: the writer sends the same again."""
    batch = [draft("a"), draft("b", client_id="c"), draft(room="nowhere")]
    first = await commit(people.record, batch)
    second = await commit(people.record, batch)
    assert [said(answer) for answer in second] == [1, 2, "room_not_found"]
    assert [a.event for a in second if isinstance(a, Sent)] == [a.event for a in first if isinstance(a, Sent)]
    assert await check_counted(people) == 2


async def test_a_repeat_in_an_archived_room_is_still_answered(people: Tenancy) -> None:
    await send(people, draft("a", client_id="c"))
    await run(people, "UPDATE chat_room SET archived_at = now() WHERE id = 'general'")
    assert await send(people, draft("a", client_id="c"), draft("b")) == [1, "room_archived"]


@pytest.mark.parametrize("text", ['"', "\\", '\\"', "NULL", "{}", "a,b", " a ", "\n\t\x01", "🙂", '{"a": "b\\n"}'])
async def test_texts_and_client_ids_are_stored_as_they_are(people: Tenancy, text: str) -> None:
    with tenant_scope(people.record):
        (sent,) = await commit(people.record, [draft(client_id=text)._replace(text=text)])
        assert isinstance(sent, Sent)
        async with tenant_connection() as connection:
            cursor = await connection.execute("SELECT text, client_id FROM chat_message WHERE id = %s", (sent.id,))
            assert await cursor.fetchone() == (text, text)


async def test_who_lost_the_membership_meanwhile_is_refused(people: Tenancy) -> None:
    """The removal has the room's lock first; the send, queued before it, waits and is judged after it."""
    await make_room(people, "private", "private", "ann", "bob")
    sending = asyncio.Event()

    async def remove() -> None:
        with tenant_scope(people.record):
            async with tenant_connection() as connection, connection.transaction():
                await connection.execute("SELECT FROM chat_room WHERE id = 'private' FOR NO KEY UPDATE")
                sending.set()
                await asyncio.sleep(0.1)
                await connection.execute("DELETE FROM chat_member WHERE room_id = 'private' AND user_id = 'bob'")

    removing = asyncio.create_task(remove())
    await sending.wait()
    answers = await send(people, draft("a", room="private", user="bob"), draft("b", room="private"))
    assert answers == ["not_allowed", 1]
    await removing


async def test_opposite_orders_of_the_same_rooms_do_not_deadlock(people: Tenancy) -> None:
    rooms = [f"room{number}" for number in range(8)]
    for room in rooms:
        await make_room(people, room)

    async def write(order: list[str]) -> None:
        for _ in range(20):
            answers = await send(people, *(draft(room=room) for room in order))
            assert all(isinstance(answer, int) for answer in answers), answers

    await asyncio.gather(write(rooms), write(rooms[::-1]), write(rooms[3:] + rooms[:3]))
    assert [await check_counted(people, room) for room in rooms] == [60] * 8


async def test_two_processes_of_eight_tasks_count_without_holes(people: Tenancy) -> None:
    env = {**os.environ, "DATABASE_POOL_SIZE": "8"}
    command = [sys.executable, "-m", "tests.chat.commands.many_senders", people.schema_name]
    running = [subprocess.Popen([*command, name], cwd=ROOT, env=env, stdout=subprocess.PIPE) for name in ("one", "two")]
    outputs = [await asyncio.to_thread(process.communicate) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    seqs = sorted(int(seq) for output, _ in outputs for seq in output.split())
    assert seqs == list(range(1, 2 * 8 * 40 * 3 + 1))
    assert await check_counted(people) == len(seqs)
