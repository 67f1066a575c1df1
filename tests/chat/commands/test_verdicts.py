"""What a commit judges beside rooms and members: bans, frozen rooms, slow mode, and what a message refers to."""

from __future__ import annotations

from chat.commands.sending import Draft, commit
from chat.events import RoomEvent
from kit.errors import ParleyError
from kit.ids import uuid7
from tests.chat.commands.stored import check_counted, draft, make_room, run, send, sent, want_webhooks, with_extras
from tests.support.cast import Tenancy


async def told(tenancy: Tenancy, message: Draft) -> RoomEvent:
    [answer] = await sent(tenancy, message)
    assert answer.event is not None
    return answer.event


async def ban(tenancy: Tenancy, user: str, until: str | None = None) -> None:
    await run(
        tenancy, "INSERT INTO chat_ban (room_id, user_id, until) VALUES ('general', %s, %s::timestamptz)", user, until
    )


async def test_who_is_banned_does_not_write_until_the_ban_ends(people: Tenancy) -> None:
    await ban(people, "ann")
    await ban(people, "bob", "2001-01-01Z")
    await ban(people, "carol", "2999-01-01Z")
    assert await send(people, draft(), draft(user="bob"), draft(user="carol")) == ["banned", 1, "banned"]


async def test_in_a_frozen_room_moderators_owners_and_the_server_write(people: Tenancy) -> None:
    await make_room(people, "cold", "open", "ann", "bob", "carol")
    await run(people, "UPDATE chat_room SET frozen_at = now() WHERE id = 'cold'")
    await run(people, "UPDATE chat_member SET role = 'moderator' WHERE user_id = 'bob'")
    await run(people, "UPDATE chat_member SET role = 'owner' WHERE user_id = 'carol'")
    drafts = [draft(user=user, room="cold") for user in ("ann", "bob", "carol")]
    assert await send(people, *drafts, with_extras(user=None, room="cold", kind="system")) == ["room_frozen", 1, 2, 3]


async def test_the_server_writes_in_nobodys_name_wherever_there_is_a_room(people: Tenancy) -> None:
    await make_room(people, "private", "private", "ann")
    event = await told(people, with_extras("welcome", user=None, room="private", kind="system"))
    assert (event.kind, event.user_id, event.text) == ("system", None, "welcome")
    assert await send(people, with_extras(user=None, room="nowhere", kind="system")) == ["room_not_found"]


# Slow mode


async def slow(tenancy: Tenancy, seconds: int = 60) -> None:
    await run(tenancy, "UPDATE chat_room SET slow_seconds = %s WHERE id = 'general'", seconds)


async def test_in_slow_mode_each_pauses_and_is_told_how_long(people: Tenancy) -> None:
    await slow(people)
    assert await send(people, draft("a"), draft("b", user="bob")) == [1, 2]
    [refusal] = await commit(people.record, [draft("c")])
    assert isinstance(refusal, ParleyError)
    assert refusal.code.name == "slow_mode"
    assert refusal.retry_after is not None
    assert 50 < refusal.retry_after <= 60
    await run(people, "UPDATE chat_member SET sent_at = sent_at - interval '61 seconds'")
    assert await send(people, draft("c")) == [3]


async def test_of_two_at_once_slow_mode_takes_the_first(people: Tenancy) -> None:
    await slow(people)
    assert await send(people, draft("a"), draft("b", user="bob"), draft("c"), draft("d")) == [
        1,
        2,
        "slow_mode",
        "slow_mode",
    ]
    assert await check_counted(people) == 2


async def test_a_repeat_is_no_haste(people: Tenancy) -> None:
    await slow(people)
    assert await send(people, draft("a", client_id="c")) == [1]
    assert await send(people, draft("a", client_id="c")) == [1]


async def test_those_who_moderate_and_rooms_without_slow_mode_know_no_pause(people: Tenancy) -> None:
    assert await send(people, draft(), draft()) == [1, 2]
    assert await run(people, "SELECT count(*) FROM chat_member") == [(0,)]
    await slow(people)
    await run(people, "INSERT INTO chat_member (room_id, user_id, role) VALUES ('general', 'ann', 'moderator')")
    assert await send(people, draft(), draft(), draft()) == [3, 4, 5]


# What is referred to


async def test_a_reply_changes_its_parent_under_a_seq_of_its_own(people: Tenancy) -> None:
    [parent] = await sent(people, draft("parent"))
    replies = await sent(
        people,
        with_extras("one", user="bob", parent=parent.id),
        draft("between"),
        with_extras("two", user="carol", parent=parent.id),
    )
    assert [answer.seq for answer in replies] == [2, 3, 4]
    assert [answer.parent is not None for answer in replies] == [False, False, True]
    event = replies[2].parent
    assert event is not None
    assert (event.id, event.seq, event.changed_seq, event.reply_count) == (parent.id, 1, 5, 2)
    assert event.last_repliers == ["carol", "bob"]
    assert parent.event is not None
    assert event == parent.event._replace(
        changed_seq=5, reply_count=2, last_repliers=["carol", "bob"], mentions=[], reactions=[], attachments=[]
    )
    assert await send(people, draft("next")) == [6]


async def test_the_last_three_repliers_are_named_each_once(people: Tenancy) -> None:
    [parent] = await sent(people, draft())
    for user in ("ann", "bob", "ann"):
        [reply] = await sent(people, with_extras(user=user, parent=parent.id))
    assert reply.parent is not None
    assert reply.parent.last_repliers == ["ann", "bob"]


async def test_only_messages_of_the_room_that_are_there_are_answered_and_quoted(people: Tenancy) -> None:
    await make_room(people, "other")
    parent, elsewhere, gone = await sent(people, draft(), draft(room="other"), draft())
    [reply] = await sent(people, with_extras(parent=parent.id))
    await run(people, "UPDATE chat_message SET deleted_at = now() WHERE id = %s", gone.id)
    for kind in ("parent", "quote"):
        drafts = [with_extras(**{kind: wanted}) for wanted in (elsewhere.id, uuid7(), gone.id)]
        assert await send(people, *drafts) == ["message_not_found", "message_not_found", "message_deleted"]
    assert await send(people, with_extras(parent=reply.id)) == ["invalid"]
    assert await send(people, with_extras(quote=reply.id)) == [5]


async def test_a_quote_shows_the_beginning_and_who_said_it(people: Tenancy) -> None:
    [quoted] = await sent(people, draft("long " * 100, user="bob"))
    event = await told(people, with_extras(quote=quoted.id))
    assert event.quote is not None
    assert (event.quote["id"], event.quote["user_name"]) == (str(quoted.id), "Bob")
    assert event.quote["text"] == ("long " * 100)[:200]


async def test_those_are_mentioned_who_may_read_the_room(people: Tenancy) -> None:
    await make_room(people, "private", "private", "ann", "bob")
    named = ["carol", "bob", "nobody", "bob."]
    assert (await told(people, with_extras(room="private", mentions=named))).mentions == ["bob"]
    await ban(people, "bob")
    assert (await told(people, with_extras(mentions=named))).mentions == ["carol"]


async def test_everybody_is_called_by_those_who_moderate(people: Tenancy) -> None:
    await run(people, "INSERT INTO chat_member (room_id, user_id, role) VALUES ('general', 'bob', 'moderator')")
    heard = [await told(people, with_extras(user=user, mentions_room=True)) for user in ("ann", "bob")]
    heard.append(await told(people, with_extras(user=None, kind="system", mentions_room=True)))
    assert [event.mentions_room for event in heard] == [False, True, True]


async def test_committed_twice_a_message_is_told_of_twice_alike(people: Tenancy) -> None:
    [quoted] = await sent(people, draft())
    batch = [with_extras(user="bob", quote=quoted.id, mentions=["ann"], data={"a": 1}, html="<p>hi</p>")]
    first, second = await sent(people, *batch), await sent(people, *batch)
    assert first == second


# The two statements, and the outbox


async def test_the_plain_statement_judges_as_the_rich_one_does(people: Tenancy) -> None:
    """With a webhook endpoint every batch takes the rich one."""
    await run(people, "UPDATE chat_user SET deactivated_at = now() WHERE id = 'carol'")
    judged = []
    for way in ("plain", "rich"):
        await make_room(people, way, "private", "ann")
        await make_room(people, f"{way}-open")
        await make_room(people, f"{way}-old")
        await send(people, draft("first", room=f"{way}-old", client_id="c"))
        await run(people, "UPDATE chat_room SET archived_at = now() WHERE id = %s", f"{way}-old")
        again = draft("again", room=f"{way}-open")
        batch = [
            draft(room=way, client_id="c"),
            draft(room=way, client_id="d", user="bob"),
            draft(room=way, client_id="e"),
            again,
            draft(room=f"{way}-open", user="carol"),
            draft(room=f"{way}-open", user="nobody"),
            draft(room="nowhere"),
            draft(room=f"{way}-old"),
            draft(room=f"{way}-old", client_id="c"),
        ]
        judged.append([await send(people, *batch), await send(people, again, *batch[::-1])])
        if way == "plain":
            await want_webhooks(people)
    assert judged[0] == judged[1]
    assert judged[0][0] == [1, "not_allowed", 2, 1, "not_allowed", "not_allowed", "room_not_found", "room_archived", 1]
    told = await run(people, "SELECT room_id, seq FROM chat_outboxevent ORDER BY id")
    assert told == [("rich-old", 1), ("rich", 1), ("rich", 2), ("rich-open", 1)]


async def test_the_outbox_has_what_happened_once_somebody_wants_to_hear(people: Tenancy) -> None:
    [parent] = await sent(people, draft())
    assert await run(people, "SELECT count(*) FROM chat_outboxevent") == [(0,)]
    await want_webhooks(people)
    await sent(people, draft("b"), with_extras("c", parent=parent.id))
    await send(people, draft(room="nowhere"))
    happened = await run(people, "SELECT type, room_id, seq FROM chat_outboxevent ORDER BY id")
    assert happened == [
        ("message.created", "general", 2),
        ("message.created", "general", 3),
        ("message.updated", "general", 4),
    ]
    await run(people, "UPDATE chat_webhookendpoint SET enabled = false")
    await sent(people, draft("d"))
    assert await run(people, "SELECT count(*) FROM chat_outboxevent") == [(3,)]
