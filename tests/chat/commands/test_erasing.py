"""Erasing a person: a search over all that the tenant's tables and folder hold finds nothing."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from chat.commands import erasing
from chat.commands.blocks import shadow_block_user
from chat.commands.deciding import Cause
from chat.commands.editing import edit
from chat.commands.guests import create_guest_link
from chat.commands.indexing import index_tenant
from chat.commands.members import join, mark_read
from chat.commands.mutes import mute_user
from chat.commands.notes import add_note
from chat.commands.profiles import update_user
from chat.commands.reactions import add_reaction
from chat.commands.reports import report
from chat.commands.rooms import create_room
from chat.commands.uploading import upload
from chat.commands.users import enter
from chat.models import User
from chat.policies import SERVER, Actor
from kit.errors import ParleyError
from kit.ids import wire_id
from tenants.scope import tenant_scope
from tests.chat.commands.stored import run, send, want_webhooks, with_extras
from tests.support.cast import Tenancy
from tests.support.dump import dumped_rows

CANARY = "kanari"
ID = "kanari-7"


async def messages(tenancy: Tenancy) -> dict[str, str]:
    """By their texts, the ids as the outside has them."""
    found = await run(tenancy, "SELECT text, id FROM chat_message WHERE kind = 'message'")
    return {text: wire_id("m", message_id) for text, message_id in found}


async def lived(tenancy: Tenancy) -> None:
    """Somebody who left a trace in every table that can hold one."""
    record, who = tenancy.record, Actor(ID, "Kanari Vogel")
    await want_webhooks(tenancy)
    with tenant_scope(record):
        await enter(ID, name="Kanari Vogel", avatar="https://kanari.test/a.png")
        await update_user(SERVER, ID, data={"street": "Kanari Street"})
        await join(who, "general", ID)
        await create_room(who, kind="direct", member_ids=["ann"])
        file = await upload(record, who, ContentFile(b"a kanari sings"), "kanari.txt")
        await upload(record, who, ContentFile(b"an orphan, kanari"), "kanari-orphan.txt")
    texts = ["kanari speaks", "from ann", f"hi @{ID}, and @{ID}: *yes*", "before", f"was @{ID}"]
    authors = [ID, "ann", "bob", ID, "bob"]
    drafts = [
        with_extras(text, user=author, mentions=[ID] if "@" in text else [], kind="message")
        for text, author in zip(texts, authors, strict=True)
    ]
    assert all(isinstance(seq, int) for seq in await send(tenancy, *drafts))
    said = await messages(tenancy)
    with tenant_scope(record):
        reply = with_extras(
            "a reply",
            user=ID,
            parent=str(await _id(tenancy, "from ann")),
            attachments=[{"id": file.id, "name": file.name}],
        )
        await send(tenancy, reply)
        await add_reaction(record, who, "general", said["from ann"], "👍")
        await add_reaction(record, Actor("bob"), "general", said["from ann"], "👍")
        await edit(record, who, "general", said["before"], {"text": "kanari after"})
        await edit(record, Actor("bob"), "general", said[f"was @{ID}"], {"text": "not any more"})
        await report(who, "general", said["from ann"], reason="abuse", note="kanari is hurt")
        await mark_read(who, "general", 3)
        await create_guest_link(SERVER, "general", name="door", life=timedelta(hours=1), most_guests=None)
        await mute_user("general", ID)
        await add_note(ID, cause=Cause("acc_1", "Olga", "kanari was rude"))
        await add_note("ann", cause=Cause(ID, "Kanari Vogel", "nothing of it"))
        await shadow_block_user(ID)
    await send(tenancy, with_extras("a withheld kanari", user=ID))
    answer, told = "(caller, key, fingerprint, body)", '{"id":"kanari-7"}'
    for statement in (
        "UPDATE chat_message SET pinned_at = now(), pinned_by = %(id)s WHERE text = 'from ann'",
        "UPDATE chat_guestlink SET created_by = %(id)s",
        "INSERT INTO chat_ban (room_id, user_id, banned_by) VALUES ('general', 'carol', %(id)s)",
        "INSERT INTO chat_room (id, epoch) VALUES ('closed', 'e')",
        "INSERT INTO chat_ban (room_id, user_id, reason) VALUES ('closed', %(id)s, 'kanari')",
        "INSERT INTO chat_presence (user_id, process) VALUES (%(id)s, 'p')",
        f"INSERT INTO chat_storedanswer {answer} VALUES ('user:' || %(id)s, 'k', '', '')",
        f"INSERT INTO chat_storedanswer {answer} VALUES ('key:1', 'k', '', '{told}')",
        f"INSERT INTO chat_webhookdelivery (endpoint_id, message_id, type, body) VALUES ('we', 'm', 't', '{told}')",
        "INSERT INTO chat_userimport (id, file_name, size) VALUES ('imp', 'a.csv', 1)",
        "INSERT INTO chat_importfault (user_import_id, line, \"user\", reason) VALUES ('imp', 2, %(id)s, 'no room')",
    ):
        await run(tenancy, statement.replace("%(id)s", f"'{ID}'"))
    with tenant_scope(record):
        await index_tenant("simple")


async def _id(tenancy: Tenancy, text: str) -> object:
    [(found,)] = await run(tenancy, "SELECT id FROM chat_message WHERE text = %s", text)
    return found


async def erased(tenancy: Tenancy, *, removes_messages: bool) -> str:
    """Begun and carried out; who stands there now."""
    with tenant_scope(tenancy.record):
        digest = await erasing.begin(ID, removes_messages=removes_messages)
        await erasing.carry_on(digest, "simple")
        assert await erasing.unfinished() == []
    [(stand_in,)] = await run(tenancy, "SELECT stand_in FROM chat_erasure WHERE ended_at IS NOT NULL")
    return str(stand_in)


async def traces(tenancy: Tenancy) -> list[str]:
    """Lines of a dump, and names and contents of files, that have the canary in them."""
    dump = await sync_to_async(dumped_rows)(tenancy.schema_name)
    return [line for line in [*dump.splitlines(), *_kept(tenancy.schema_name)] if CANARY in line.lower()]


def _kept(folder: str) -> Iterator[str]:
    storage = storages["uploads"]
    folders, files = storage.listdir(folder)
    for name in files:
        with storage.open(f"{folder}/{name}") as file:
            yield f"{name} {file.read().decode(errors='replace')}"
    for name in folders:
        yield from _kept(f"{folder}/{name}")


async def test_of_one_whose_messages_go_as_well_nothing_is_left_anywhere(people: Tenancy) -> None:
    await lived(people)
    assert len(await traces(people)) > 20
    stand_in = await erased(people, removes_messages=True)
    assert await traces(people) == []
    whose = await run(people, "SELECT deleted_at IS NOT NULL, text FROM chat_message WHERE user_id = %s", stand_in)
    assert {(deleted, text) for deleted, text in whose} == {(True, ""), (False, "")}  # the others joined and left
    assert await run(people, "SELECT name, deactivated_at IS NULL FROM chat_user WHERE id = %s", stand_in) == [
        (erasing.NAME, False)
    ]


async def test_what_others_said_stays_without_the_name(people: Tenancy) -> None:
    await lived(people)
    stand_in = await erased(people, removes_messages=True)
    said = await run(people, "SELECT text, html, mentions, user_id FROM chat_message WHERE text LIKE 'hi %%'")
    [(text, html, mentions, author)] = said
    assert text == "hi Deleted user, and Deleted user: *yes*"
    assert "<em>yes</em>" in html
    assert (mentions, author) == ([], "bob")
    assert await run(people, "SELECT text FROM chat_messageedit") == [("was Deleted user",)]
    [(reactions, repliers, pinned_by)] = await run(
        people, "SELECT reactions, last_repliers, pinned_by FROM chat_message WHERE text = 'from ann'"
    )
    assert reactions == [{"emoji": "👍", "count": 1, "users": ["bob"]}]
    assert (repliers, pinned_by) == ([stand_in], stand_in)
    assert await run(people, "SELECT reporter_id, note FROM chat_report") == [(stand_in, "")]
    assert await run(people, "SELECT user_id FROM chat_member WHERE room_id <> 'general' ORDER BY 1") == [
        ("ann",),
        (stand_in,),
    ]


async def test_messages_may_stay_under_a_name_that_is_none(people: Tenancy) -> None:
    await lived(people)
    stand_in = await erased(people, removes_messages=False)
    left = [line for line in await traces(people) if "\tmessage\t" not in line]
    [file] = await run(people, "SELECT name, user_id FROM chat_upload")
    assert tuple(file) == ("kanari.txt", stand_in)
    own = "SELECT text FROM chat_message WHERE user_id = %s AND kind = 'message' ORDER BY seq"
    assert await run(people, own, stand_in) == [("kanari speaks",), ("kanari after",), ("a reply",)]
    assert await run(people, "SELECT count(*) FROM chat_message WHERE user_id = %s", ID) == [(0,)]
    # What was said, its words in the search, and its file: nothing but that.
    assert [
        line for line in left if "'kanari':" not in line and "'kanari'" not in line and "kanari.txt" not in line
    ] == [line for line in left if line.endswith("a kanari sings")]


async def test_the_rooms_hear_of_each_change_in_order(people: Tenancy) -> None:
    await lived(people)
    [(before,)] = await run(people, "SELECT last_seq FROM chat_room WHERE id = 'general'")
    await erased(people, removes_messages=True)
    changed = "SELECT changed_seq FROM chat_message WHERE room_id = 'general' AND changed_seq > %s ORDER BY 1"
    heard = [seq for (seq,) in await run(people, changed, before)]
    [(last,)] = await run(people, "SELECT last_seq FROM chat_room WHERE id = 'general'")
    assert heard[-1] == last
    assert len(heard) == len(set(heard)) >= 6
    told = "SELECT type, count(*) FROM chat_outboxevent WHERE seq > %s GROUP BY 1 ORDER BY 1"
    assert dict(await run(people, told, before)) == {"member.left": 1, "message.deleted": 3, "message.updated": 2}


async def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on(
    people: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived(people)
    with tenant_scope(people.record):
        digest = await erasing.begin(ID, removes_messages=True)
        for step in ("_take_messages", "_change", "_take_the_rest", "index_tenant"):
            with monkeypatch.context() as patch:
                patch.setattr(erasing, step, _killed)
                with pytest.raises(asyncio.CancelledError):
                    await erasing.carry_on(digest, "simple")
            assert await erasing.unfinished() == []
            await run(people, "UPDATE chat_erasure SET leased_until = now() - interval '1 s'")
            assert await erasing.unfinished() == [digest]
        await erasing.carry_on(digest, "simple")
    assert await traces(people) == []


async def test_what_somebody_edits_meanwhile_keeps_its_new_words(
    people: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(people, with_extras("hi @ann", user="bob", mentions=["ann"]))
    said, change = await messages(people), erasing._change

    async def edited_first(*given: object, **options: object) -> None:
        await edit(people.record, Actor("bob"), "general", said["hi @ann"], {"text": "bye @ann"})
        await change(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(erasing, "_change", edited_first)
    await erased_ann(people)
    assert await run(people, "SELECT text FROM chat_message WHERE user_id = 'bob'") == [("bye Deleted user",)]


async def test_one_that_fails_is_tried_after_ever_longer_pauses(
    people: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_take_the_rest", _killed)
    paused = "SELECT attempts, round(extract(epoch FROM leased_until - now()) / 60)::int FROM chat_erasure"
    with tenant_scope(people.record):
        digest = await erasing.begin("ann", removes_messages=False)
        for attempt in (1, 2, 3):
            with pytest.raises(asyncio.CancelledError):
                await erasing.carry_on(digest, "simple")
            assert await run(people, paused) == [(attempt, attempt)]
            await run(people, "UPDATE chat_erasure SET leased_until = now() - interval '1 s'")


async def _killed(*_: object) -> None:
    raise asyncio.CancelledError


async def test_nobody_comes_back_by_a_token_from_before(people: Tenancy) -> None:
    await erased_ann(people)
    with tenant_scope(people.record):
        with pytest.raises(ParleyError, match="erased"):
            await enter("ann", name="Ann", issued_at=1_700_000_000)
        assert (await enter("ann", name="Another Ann")).name == "Another Ann"
        with pytest.raises(ParleyError, match="revoked"):
            await enter("ann", issued_at=1_700_000_000)


async def erased_ann(people: Tenancy) -> None:
    with tenant_scope(people.record):
        await erasing.carry_on(await erasing.begin("ann", removes_messages=False), "simple")


async def test_who_came_back_can_be_erased_again(people: Tenancy) -> None:
    await erased_ann(people)
    with tenant_scope(people.record):
        await enter("ann", name="Another Ann")
    await erased_ann(people)
    assert await run(people, "SELECT count(*) FROM chat_user WHERE name LIKE '%%Ann%%'") == [(0,)]
    assert await run(people, "SELECT count(*) FROM chat_user WHERE name = %s", erasing.NAME) == [(2,)]


async def test_a_bot_and_nobody_are_not_erased(people: Tenancy) -> None:
    await run(people, "UPDATE chat_user SET is_bot = true WHERE id = 'bob'")
    with tenant_scope(people.record):
        for user_id, why in (("bob", "bot"), ("nobody", "no user")):
            with pytest.raises(ParleyError, match=why):
                await erasing.begin(user_id, removes_messages=True)


def test_every_reference_to_a_person_is_thought_of() -> None:
    """One that is new has to be entered in ``chat.commands.erasing``, and in ``lived`` above."""
    source = inspect.getsource(erasing)
    exempt = {"chat_incomingwebhook.bot_id"}  # a bot is no person
    columns = [
        (model._meta.db_table, field.column)
        for model in apps.get_app_config("chat").get_models()
        for field in model._meta.concrete_fields
        if field.related_model is User
    ]
    assert len(columns) > 8
    for table, column in columns:
        if f"{table}.{column}" not in exempt:
            assert table in source, f"{table}.{column}"
            assert column in source, f"{table}.{column}"
