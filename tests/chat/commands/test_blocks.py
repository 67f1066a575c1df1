"""Muted in a room, blocked everywhere, or shadow-blocked: what each lets through, and what reaches whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile

from chat.commands.blocks import block_user, shadow_block_user, unblock_user
from chat.commands.changing import change
from chat.commands.deciding import Cause
from chat.commands.editing import delete, edit
from chat.commands.mutes import mute_user, unmute_user
from chat.commands.reactions import add_reaction
from chat.commands.rooms import create_room, update_room
from chat.commands.sending import Sent, commit
from chat.commands.uploading import upload
from chat.commands.users import enter
from chat.commands.warning import warn_user
from chat.delivery.rooms import RoomKey
from chat.files.links import new_link
from chat.policies import SERVER, Actor
from chat.queries.decisions import decisions, restrictions, withheld
from chat.queries.messages import message_for, replies
from chat.queries.people import standings
from chat.queries.rooms import room_for
from chat.queries.search import Filters, search
from chat.queries.timeline import history, read_events, snapshot
from chat.queries.uploads import linked_upload, upload_for
from kit.errors import ParleyError
from kit.ids import wire_id
from tenants.scope import tenant_scope
from tests.chat.commands.sockets import Socket
from tests.chat.commands.stored import (
    check_counted,
    draft,
    make_room,
    run,
    said,
    send,
    sent,
    want_webhooks,
    with_extras,
)
from tests.support.cast import Tenancy

ANN, BOB = Actor("ann", "Ann"), Actor("bob", "Bob")
PAST = datetime(2001, 1, 1, tzinfo=UTC)
LATER = datetime(2999, 1, 1, tzinfo=UTC)
BY_OLGA = Cause("a_olga", "Olga", "selling watches")


async def test_who_is_muted_reads_and_does_not_write_until_it_ends(people: Tenancy) -> None:
    [said_before] = await sent(people, draft())
    with tenant_scope(people.record):
        await mute_user("general", "ann", until=LATER, cause=BY_OLGA)
        await mute_user("general", "bob", until=PAST)
        await mute_user("general", "carol")
    answers = await commit(people.record, [draft(), draft(user="bob"), draft(user="carol")])
    assert [said(answer) for answer in answers] == ["muted", 2, "muted"]
    assert answers[0].retry_after > 1_000_000  # type: ignore[union-attr]
    assert answers[2].retry_after is None  # type: ignore[union-attr]
    await make_room(people, "elsewhere")
    assert await send(people, draft(room="elsewhere")) == [1]
    with tenant_scope(people.record):
        for work in (
            edit(people.record, ANN, "general", wire_id("m", said_before.id), {"text": "BUY"}),
            add_reaction(people.record, ANN, "general", wire_id("m", said_before.id), "👍"),
        ):
            with pytest.raises(ParleyError) as refused:
                await work
            assert refused.value.code.name == "muted"
        assert len((await history("general", ANN, before_seq=None, after_seq=None, limit=9))[0]) == 2
        await unmute_user("general", "ann")
        with pytest.raises(ParleyError):
            await unmute_user("general", "ann")
        kept, _ = await decisions(user_id="ann", limit=9)
    assert await send(people, draft()) == [3]
    assert [(each.act, each.decider, each.reason) for each in kept] == [
        ("unmuted", "", ""),
        ("muted", "Olga", "selling watches"),
    ]


async def test_who_is_blocked_does_not_come_in_nor_write_until_it_ends(people: Tenancy) -> None:
    with tenant_scope(people.record):
        await block_user("ann", cause=BY_OLGA)
        await block_user("bob", until=PAST)
        with pytest.raises(ParleyError) as refused:
            await enter("ann")
        assert refused.value.code.name == "not_allowed"
        assert (await enter("bob")).id == "bob"
        found = await standings(["ann", "bob", "carol"])
        assert {user: standing.active for user, standing in found.items()} == {"ann": False}
        assert await send(people, draft(), draft(user="bob")) == ["not_allowed", 1]
        assert [held.kind for held in await restrictions("ann")] == ["block"]
        await unblock_user("ann")
        await enter("ann")
        with pytest.raises(ParleyError):
            await unblock_user("ann")
        with pytest.raises(ParleyError) as unknown:
            await block_user("nobody")
    assert unknown.value.code.name == "user_not_found"
    assert await send(people, draft()) == [2]


async def test_what_a_shadow_blocked_user_sends_is_acknowledged_and_reaches_nobody_else(people: Tenancy) -> None:
    await want_webhooks(people)
    [parent] = await sent(people, draft("who has the minutes?", user="bob"))
    await run(people, "DELETE FROM chat_outboxevent")
    await run(people, "INSERT INTO chat_member (room_id, user_id) VALUES ('general', 'bob'), ('general', 'ann')")
    await run(people, "UPDATE chat_room SET active_at = '2001-01-01Z' WHERE id = 'general'")
    with tenant_scope(people.record):
        await shadow_block_user("ann", cause=BY_OLGA)
    spam = draft("zebra watches @bob", client_id="c1")
    reply = with_extras("zebra reply", parent=parent.id, mentions=["bob"])
    hidden = await sent(people, spam, reply)
    assert [answer.seq for answer in hidden] == [2, 3]
    [again] = await sent(people, draft("zebra watches @bob", client_id="c1"))
    assert (again.id, again.event) == (spam.id, None)
    [retried] = await sent(people, spam)
    assert retried.event is not None
    assert retried.event.kind == "withheld"
    with tenant_scope(people.record):
        assert {each.text for each in await withheld("ann")} == {"zebra reply", "zebra watches @bob"}
        for actor, shown in ((ANN, [1, 2, 3]), (BOB, [1]), (SERVER, [1])):
            events, _ = await history("general", actor, before_seq=None, after_seq=None, limit=9)
            assert [event.seq for event in events] == shown, actor
            found, _ = await replies(actor, "general", wire_id("m", parent.id), after_seq=0, limit=9)
            assert [event.seq for event in found] == shown[2:], actor
            assert (await search(actor, "zebra", "simple", Filters(), limit=9))[0] == []
            live = await snapshot(people.schema_name, "general", actor, since=0)
            assert list(live.replay.seqs) == [1, 2, 3]
            assert [b"zebra" in payload for payload in live.replay.payloads] == [False, *[actor is ANN] * 2]
        heard = await read_events(RoomKey(people.schema_name, "general"), 1)
        assert list(map(json.loads, heard.payloads)) == [
            {"type": "message.withheld", "room": "general", "seq": seq} for seq in (2, 3)
        ]
        assert (await message_for(ANN, "general", wire_id("m", spam.id))).kind == "message"
        with pytest.raises(ParleyError) as absent:
            await message_for(BOB, "general", wire_id("m", spam.id))
        assert absent.value.code.name == "message_not_found"
        seen = await room_for(BOB, "general")
        assert (seen.unread, seen.mentions, seen.last_message["text"]) == (0, 0, "who has the minutes?")  # type: ignore[index]
        assert seen.active_at.year == 2001
    assert await run(people, "SELECT count(*) FROM chat_outboxevent") == [(0,)]
    assert await run(people, "SELECT reply_count FROM chat_message WHERE id = %s", parent.id) == [(0,)]
    assert await check_counted(people) == 3


async def test_what_a_shadow_blocked_user_changes_is_left_as_it_is(people: Tenancy) -> None:
    [before] = await sent(people, draft("hello"))
    message = wire_id("m", before.id)
    with tenant_scope(people.record):
        await shadow_block_user("ann")
        for changed in (
            await edit(people.record, ANN, "general", message, {"text": "BUY"}),
            await add_reaction(people.record, ANN, "general", message, "👍"),
            await delete(people.record, ANN, "general", message),
        ):
            assert (changed.event, changed.seq) == (None, 1)
        await unblock_user("ann")
        assert (await change(ANN, "general", message, lambda _: None)).before.text == "hello"
    assert await send(people, draft("seen again")) == [2]
    with tenant_scope(people.record):
        events, _ = await history("general", BOB, before_seq=None, after_seq=None, limit=9)
    assert [event.text for event in events] == ["hello", "seen again"]


async def test_what_is_too_long_for_the_record_is_cut_there(people: Tenancy) -> None:
    words = "be kind " * 150
    with tenant_scope(people.record):
        await warn_user(people.record, "ann", words, cause=Cause("a_olga", f"{'o' * 200}@example.com"))
        [warning] = (await decisions(user_id="ann", limit=9))[0]
    assert (len(warning.reason), len(warning.decider)) == (1_000, 120)
    assert await run(people, "SELECT text FROM chat_message WHERE kind = 'system'") == [(words,)]


async def test_a_rooms_name_is_no_way_around_a_mute_or_a_shadow_block(people: Tenancy) -> None:
    await make_room(people, "mine", "private", "ann", "bob")
    await run(people, "UPDATE chat_member SET role = 'owner' WHERE room_id = 'mine' AND user_id = 'ann'")
    with tenant_scope(people.record):
        await mute_user("mine", "ann")
        with pytest.raises(ParleyError) as muted:
            await update_room(ANN, "mine", {"name": "BUY"})
        await unmute_user("mine", "ann")
        await shadow_block_user("ann")
        await update_room(ANN, "mine", {"name": "BUY"})
        assert (await room_for(BOB, "mine")).name != "BUY"
        with pytest.raises(ParleyError) as refused:
            await create_room(ANN, kind="private", name="BUY", member_ids=["bob"])
        await unblock_user("ann")
        await update_room(ANN, "mine", {"name": "Ours"})
        assert (await room_for(BOB, "mine")).name == "Ours"
    assert (muted.value.code.name, refused.value.code.name) == ("muted", "not_allowed")


async def test_a_withheld_file_is_its_authors_and_a_blocked_ones_links_are_void(people: Tenancy) -> None:
    with tenant_scope(people.record):
        await shadow_block_user("ann")
        hidden, shown = [await upload(people.record, actor, ContentFile(b"a file"), "a.txt") for actor in (ANN, BOB)]
    for file, user in ((hidden, "ann"), (shown, "bob")):
        await sent(people, with_extras("see", user=user, attachments=[{"id": file.id, "name": "a.txt"}]))
    of_bob = new_link(shown.id, "file", "bob")
    with tenant_scope(people.record):
        for actor in (ANN, SERVER):
            await upload_for(actor, hidden.id)
        with pytest.raises(ParleyError) as absent:
            await upload_for(BOB, hidden.id)
        await upload_for(ANN, shown.id)
        await linked_upload(of_bob)
        await block_user("bob")
        with pytest.raises(ParleyError) as void:
            await linked_upload(of_bob)
    assert (absent.value.code.name, void.value.code.name) == ("upload_not_found", "link_expired")


@pytest.mark.usefixtures("delivery")
async def test_on_sockets_the_author_sees_it_and_others_hear_that_a_seq_went_by(people: Tenancy) -> None:
    ann, bob = Socket(people, token=people.token("ann")), Socket(people, token=people.token("bob"))
    async with ann.connected(), bob.connected():
        for socket in (ann, bob):
            await socket.ask("room.subscribe", room="general")
        with tenant_scope(people.record):
            await shadow_block_user("ann", until=datetime.now(UTC) + timedelta(hours=1))
        assert (await ann.ask("message.send", room="general", text="zebra"))["seq"] == 1
        assert (await ann.next())["message"]["text"] == "zebra"
        assert await bob.next() == {"type": "message.withheld", "room": "general", "seq": 1}
        await bob.ask("message.send", room="general", text="hi")
        assert [(await ann.next())["seq"] for _ in range(2)] == [1, 2]


async def test_a_withheld_message_is_nothing_to_act_on(people: Tenancy) -> None:
    with tenant_scope(people.record):
        await shadow_block_user("ann")
    [hidden] = await sent(people, draft("zebra"))
    assert isinstance(hidden, Sent)
    for extras in ({"parent": hidden.id}, {"quote": hidden.id}):
        assert await send(people, with_extras("what?", user="bob", **extras)) == ["message_not_found"]
    with tenant_scope(people.record), pytest.raises(ParleyError) as refused:
        await delete(people.record, SERVER, "general", wire_id("m", hidden.id))
    assert refused.value.code.name == "message_not_found"
