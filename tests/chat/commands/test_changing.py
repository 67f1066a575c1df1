"""Editing, deleting, reacting and pinning: what becomes of the row, what the room hears, and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest

from chat.commands.changing import Changed
from chat.commands.editing import Changes, delete, edit
from chat.commands.pins import pin, unpin
from chat.commands.reactions import add_reaction, remove_reaction
from chat.payloads import message_payload
from chat.policies import SERVER, Actor
from chat.queries.messages import message_for, pins, replies, wordings
from chat.queries.timeline import history
from kit.errors import ParleyError
from kit.ids import wire_id
from tenants.audit import arecord
from tenants.scope import tenant_scope
from tests.chat.commands.statements import counted
from tests.chat.commands.stored import draft, make_room, run, sent, want_webhooks, with_extras
from tests.support.cast import Tenancy

ANN, BOB, CAROL = Actor("ann", "Ann"), Actor("bob", "Bob"), Actor("carol", "Carol")


@pytest.fixture(autouse=True)
def scope(people: Tenancy) -> Iterator[None]:
    with tenant_scope(people.record):
        yield


async def say(tenancy: Tenancy, text: str = "hi", **extras: Any) -> str:
    """By ann; the message's id on the wire."""
    [answer] = await sent(tenancy, with_extras(text, **extras) if extras else draft(text))
    return wire_id("m", answer.id)


async def shown(message_id: str, room: str = "general") -> dict[str, Any]:
    return message_payload(await message_for(SERVER, room, message_id))


async def refused(command: Awaitable[object]) -> str:
    with pytest.raises(ParleyError) as refusal:
        await command
    return refusal.value.code.name


async def change_text(tenancy: Tenancy, message_id: str, text: str, actor: Actor = ANN) -> Changed:
    return await edit(tenancy.record, actor, "general", message_id, Changes(text=text))


# Editing


async def test_an_edit_is_told_under_a_new_seq_and_what_was_said_is_kept(people: Tenancy) -> None:
    message = await say(people, "**one**", html="<p><strong>one</strong></p>", data={"a": 1})
    changed = await change_text(people, message, "_two_ for @bob")
    assert changed.event is not None
    payload = message_payload(changed.event)
    assert (changed.seq, payload["seq"], payload["text"], payload["data"]) == (2, 1, "_two_ for @bob", {"a": 1})
    assert (payload["html"], payload["mentions"]) == ("<p><em>two</em> for @bob</p>", ["bob"])
    assert payload == await shown(message)
    await edit(people.record, SERVER, "general", message, Changes(text="three", data=None))
    kept = await wordings(ANN, "general", message)
    assert [(wording.text, wording.data, wording.edited_by) for wording in kept] == [
        ("**one**", {"a": 1}, "ann"),
        ("_two_ for @bob", {"a": 1}, None),
    ]
    assert kept[0].edited_at == payload["edited_at"]
    now = await shown(message)
    assert (now["text"], now["data"]) == ("three", None)
    assert now.keys().isdisjoint({"html", "mentions"})


async def test_an_edit_that_changes_nothing_is_told_to_nobody(people: Tenancy) -> None:
    message = await say(people)
    changed = await change_text(people, message, "hi")
    assert (changed.seq, changed.event) == (1, None)
    assert (await shown(message))["edited_at"] is None


async def test_earlier_wordings_are_for_the_author_and_those_who_moderate(people: Tenancy) -> None:
    message = await say(people)
    await run(people, "INSERT INTO chat_member (room_id, user_id, role) VALUES ('general', 'carol', 'moderator')")
    assert await refused(wordings(BOB, "general", message)) == "not_allowed"
    for actor in (ANN, CAROL, SERVER):
        assert await wordings(actor, "general", message) == []


async def test_edits_at_once_are_each_kept(people: Tenancy) -> None:
    message = await say(people, "0")
    await asyncio.gather(*(change_text(people, message, str(number)) for number in range(1, 9)))
    kept = [wording.text for wording in await wordings(ANN, "general", message)]
    assert sorted([*kept, (await shown(message))["text"]]) == [str(number) for number in range(9)]
    assert await run(people, "SELECT last_seq FROM chat_room WHERE id = 'general'") == [(9,)]


# Deleting


async def test_a_deleted_message_keeps_its_place_and_loses_its_words(people: Tenancy) -> None:
    message = await say(people, "**secret** @bob", mentions=["bob"], html="<b>", data={"a": 1})
    second = await say(people, "next")
    await change_text(people, message, "secret too")
    await add_reaction(people.record, BOB, "general", message, "👍")
    changed = await delete(people.record, ANN, "general", message)
    assert changed.event is not None
    payload = message_payload(changed.event)
    assert (payload["deleted"], payload["seq"], payload["text"], payload["data"]) == (True, 1, "", None)
    assert payload.keys() == (await shown(second)).keys(), "no more than a plain one has"
    found, _ = await history("general", ANN, before_seq=None, after_seq=None, limit=10)
    assert [(event.seq, event.text) for event in found] == [(1, ""), (2, "next")]
    for table in ("chat_messageedit", "chat_reaction"):
        assert await run(people, f"SELECT count(*) FROM {table}") == [(0,)]
    whole = await run(people, "SELECT row_to_json(message)::text FROM chat_message message WHERE seq = 1")
    assert "secret" not in whole[0][0]


async def test_deleting_again_changes_nothing(people: Tenancy) -> None:
    message = await say(people)
    first, second = [await delete(people.record, ANN, "general", message) for _ in range(2)]
    assert (first.seq, second.seq, second.event) == (2, 2, None)
    assert await refused(change_text(people, message, "again")) == "message_deleted"


async def test_who_quotes_a_deleted_message_quotes_no_words(people: Tenancy) -> None:
    quoted = await say(people, "regrettable")
    [original] = await run(people, "SELECT id FROM chat_message")
    quoting = await say(people, "see", quote=original[0])
    assert (await shown(quoting))["quote"] == {
        "id": quoted,
        "seq": 1,
        "user": {"id": "ann", "name": "Ann"},
        "text": "regrettable",
    }
    await delete(people.record, ANN, "general", quoted)
    assert (await shown(quoting))["quote"]["text"] == ""


# Reactions


async def test_reactions_are_counted_in_the_order_in_which_they_came_up(people: Tenancy) -> None:
    message = await say(people)
    for actor, emoji in ((ANN, "👍"), (BOB, "🎉"), (CAROL, "👍"), (CAROL, ":ok:")):
        assert (await add_reaction(people.record, actor, "general", message, emoji)).event is not None
    assert (await add_reaction(people.record, ANN, "general", message, "👍")).event is None
    assert (await shown(message))["reactions"] == [
        {"emoji": "👍", "count": 2, "users": ["ann", "carol"]},
        {"emoji": "🎉", "count": 1, "users": ["bob"]},
        {"emoji": ":ok:", "count": 1, "users": ["carol"]},
    ]
    assert (await remove_reaction(people.record, BOB, "general", message, "👍")).event is None
    await remove_reaction(people.record, ANN, "general", message, "👍")
    await remove_reaction(people.record, BOB, "general", message, "🎉")
    await remove_reaction(people.record, CAROL, "general", message, ":ok:")
    assert (await shown(message))["reactions"] == [{"emoji": "👍", "count": 1, "users": ["carol"]}]


async def test_a_message_has_fifty_different_reactions_at_most(people: Tenancy) -> None:
    message = await say(people)
    emoji = [chr(0x1F600 + number) for number in range(51)]
    many = "[" + ",".join(f'{{"emoji": "{one}", "count": 1, "users": ["bob"]}}' for one in emoji[:50]) + "]"
    await run(people, "UPDATE chat_message SET reactions = %s", many)
    assert await refused(add_reaction(people.record, ANN, "general", message, emoji[50])) == "invalid"
    assert (await add_reaction(people.record, ANN, "general", message, emoji[0])).event is not None


@pytest.mark.parametrize("emoji", ["🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇨🇭", "#️⃣", "©", "👨‍👩‍👧‍👦", "✋🏾", "☺️", ":+1:"])
async def test_every_kind_of_emoji_is_taken(people: Tenancy, emoji: str) -> None:
    message = await say(people)
    await add_reaction(people.record, ANN, "general", message, emoji)
    assert (await shown(message))["reactions"][0]["emoji"] == emoji


# Threads and pins


async def test_a_thread_is_paged_by_seq(people: Tenancy) -> None:
    parent = await say(people)
    [(parent_id,)] = await run(people, "SELECT id FROM chat_message")
    for number in range(5):
        await say(people, str(number), parent=parent_id)
    first, more = await replies(BOB, "general", parent, after_seq=0, limit=3)
    rest, end = await replies(BOB, "general", parent, after_seq=first[-1].seq, limit=3)
    assert ([event.text for event in first + rest], more, end) == (["0", "1", "2", "3", "4"], True, False)
    assert message_payload(first[0])["parent"] == parent
    assert (await shown(parent))["reply_count"] == 5
    assert await refused(replies(BOB, "general", "m_x", after_seq=0, limit=3)) == "message_not_found"


async def test_those_who_moderate_pin_and_everybody_sees_it(people: Tenancy) -> None:
    await run(people, "INSERT INTO chat_member (room_id, user_id, role) VALUES ('general', 'carol', 'moderator')")
    first, second = await say(people, "a"), await say(people, "b")
    assert await refused(pin(people.record, ANN, "general", first)) == "not_allowed"
    await pin(people.record, CAROL, "general", first)
    await pin(people.record, SERVER, "general", second)
    await pin(people.record, SERVER, "general", second)
    assert [(event.text, event.pinned_by) for event in await pins(BOB, "general")] == [("b", None), ("a", "carol")]
    await unpin(people.record, CAROL, "general", second)
    await delete(people.record, ANN, "general", first)
    assert await pins(BOB, "general") == []
    assert await run(people, "SELECT last_seq FROM chat_room WHERE id = 'general'") == [(6,)]


async def test_in_a_direct_conversation_everybody_pins_up_to_a_hundred(people: Tenancy) -> None:
    await make_room(people, "direct", "direct", "ann", "bob")
    message = await say(people, room="direct", data={"a": 1})
    await run(
        people,
        "INSERT INTO chat_message (id, room_id, seq, changed_seq, pinned_at)"
        " SELECT gen_random_uuid(), 'direct', 10 + n, 10 + n, now() FROM generate_series(1, 100) n",
    )
    assert await refused(pin(people.record, BOB, "direct", message)) == "invalid"
    await run(people, "UPDATE chat_message SET pinned_at = NULL WHERE seq = 11")
    await pin(people.record, BOB, "direct", message)
    assert (await shown(message, "direct"))["pinned_by"] == "bob"


# What it costs, and the outbox


async def test_a_change_is_two_statements_in_one_transaction(people: Tenancy) -> None:
    message, other = await say(people), await say(people, "other")
    await run(people, "UPDATE chat_room SET kind = 'direct' WHERE id = 'general'")  # where everybody pins
    await run(people, "INSERT INTO chat_member (room_id, user_id) VALUES ('general', 'ann'), ('general', 'bob')")
    changes = {
        "edit": lambda: change_text(people, message, "two"),
        "react": lambda: add_reaction(people.record, BOB, "general", message, "👍"),
        "unreact": lambda: remove_reaction(people.record, BOB, "general", message, "👍"),
        "pin": lambda: pin(people.record, ANN, "general", message),
        "delete": lambda: delete(people.record, ANN, "general", message),
    }
    for name, change in changes.items():
        with counted() as seen:
            await change()
        assert (seen["statements"], seen["begin"], seen["commit"]) == (2, 1, 1), name
    for by_server in (pin, delete):
        await arecord(people.record, "test.begun")  # a tenant's first entry costs more
        with counted() as seen:
            await by_server(people.record, SERVER, "general", other)
        assert (seen["statements"], seen["begin"], seen["commit"]) == (5, 2, 2), "and the audit log's entry"


async def test_a_page_with_everything_in_it_is_one_statement(people: Tenancy) -> None:
    await say(people)
    [(first,)] = await run(people, "SELECT id FROM chat_message")
    for _ in range(49):
        await say(people, "more", quote=first, parent=first, mentions=["bob"], data={"a": 1})
    for read in (
        lambda: history("general", BOB, before_seq=None, after_seq=None, limit=50),
        lambda: replies(BOB, "general", wire_id("m", first), after_seq=0, limit=50),
        lambda: pins(BOB, "general"),
    ):
        with counted() as seen:
            await read()
        assert (seen["statements"], seen["begin"]) == (1, 0)


async def test_the_outbox_has_every_change(people: Tenancy) -> None:
    message = await say(people)
    await want_webhooks(people)
    await change_text(people, message, "two")
    await change_text(people, message, "two")
    await add_reaction(people.record, BOB, "general", message, "👍")
    await add_reaction(people.record, BOB, "general", message, "👍")
    await pin(people.record, SERVER, "general", message)
    await delete(people.record, ANN, "general", message)
    happened = await run(people, "SELECT type, seq FROM chat_outboxevent ORDER BY id")
    assert happened == [
        ("message.updated", 2),
        ("message.updated", 3),
        ("message.updated", 4),
        ("message.deleted", 5),
    ]
