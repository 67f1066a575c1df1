"""Retention: what has had its time goes, whole and everywhere; what is young or held stays."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import File

from chat.commands import retention as commands
from chat.commands.editing import delete, edit
from chat.commands.indexing import index_tenant
from chat.commands.pins import pin
from chat.commands.reactions import add_reaction
from chat.commands.reports import report
from chat.commands.retention import Removed, apply_retention
from chat.commands.uploading import upload
from chat.policies import SERVER, Actor
from chat.queries.messages import pins, replies
from chat.queries.retention import expired
from chat.queries.search import Filters, search
from chat.queries.timeline import history, snapshot
from chat.tasks import apply_retentions
from kit.errors import MESSAGE_NOT_FOUND, ParleyError
from kit.ids import stored_id, wire_id
from tenants.models import AuditEntry, Tenant
from tenants.retention import LegalHold, Periods, Retention, retention_of, set_hold, set_periods
from tenants.scope import tenant_scope
from tests.chat.commands.stored import draft, make_room, run, sent, texts, with_extras
from tests.chat.commands.test_tidying import files_of
from tests.support.cast import Tenancy
from tests.support.uploads import image, say_with

ANN, BOB = Actor("ann", "Ann"), Actor("bob", "Bob")
TEN_DAYS = Periods(messages={"open": 10})


async def say(tenancy: Tenancy, *said: str, days: float = 0, user: str = "ann", room: str = "general") -> list[str]:
    """Messages of so many days ago; their ids on the wire."""
    answers = await sent(tenancy, *(draft(text, user=user, room=room) for text in said))
    await age(tenancy, days, *(answer.id for answer in answers))
    return [wire_id("m", answer.id) for answer in answers]


def _stored(message_id: str) -> str:
    return str(stored_id("m", message_id))


async def age(tenancy: Tenancy, days: float, *message_ids: object) -> None:
    moved = "UPDATE chat_message SET created_at = now() - %s * interval '1 day' WHERE id = ANY (%s)"
    await run(tenancy, moved, days, list(message_ids))


async def apply(tenancy: Tenancy, periods: Periods = TEN_DAYS, hold: LegalHold | None = None) -> Removed:
    with tenant_scope(tenancy.record):
        return await apply_retention(Retention(periods, hold or LegalHold()), "simple", datetime.now(UTC))


async def first_seq(tenancy: Tenancy, room: str = "general") -> int:
    [(found,)] = await run(tenancy, "SELECT first_seq FROM chat_room WHERE id = %s", room)
    return int(found)


async def found(tenancy: Tenancy, words: str) -> list[str]:
    with tenant_scope(tenancy.record):
        hits, _ = await search(SERVER, words, "simple", Filters(), limit=100)
    return [hit.event.text for hit in hits]


async def counts(tenancy: Tenancy, *tables: str) -> list[int]:
    return [(await run(tenancy, f"SELECT count(*) FROM chat_{table}"))[0][0] for table in tables]


async def test_the_beginning_goes_and_seqs_stay_what_they_are(people: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_AT_ONCE", 3)
    await say(people, *(f"old {number}" for number in range(7)), days=11)
    await say(people, "young", days=9)
    assert await apply(people) == Removed(7, 0)
    assert await texts(people) == ["young"]
    assert await first_seq(people) == 8
    [answer] = await sent(people, draft("next"))
    assert answer.seq == 9
    assert await apply(people) == Removed(0, 0)
    assert await first_seq(people) == 8


async def test_a_room_of_which_nothing_is_left_counts_on(people: Tenancy) -> None:
    await say(people, "old", days=11)
    assert await apply(people) == Removed(1, 0)
    assert (await first_seq(people), await texts(people)) == (2, [])
    with tenant_scope(people.record):
        state = await snapshot(people.schema_name, "general", ANN, since=0)
        assert (state.first_seq, state.replay.last_seq, list(state.replay.seqs)) == (2, 1, [])
        assert await history("general", ANN, before_seq=None, after_seq=None, limit=10) == ([], False)


async def test_who_comes_back_is_given_all_that_is_kept(people: Tenancy) -> None:
    """The window is what is retained: the replay of what was missed begins where the room does by now."""
    await say(people, "one", "two", "three", days=11)
    [kept, _] = await say(people, "four", "five")
    with tenant_scope(people.record):
        await edit(people.record, ANN, "general", kept, {"text": "4"})
    await apply(people)
    with tenant_scope(people.record):
        state = await snapshot(people.schema_name, "general", BOB, since=1)
    assert (state.first_seq, state.replay.last_seq) == (4, 6)
    assert list(state.replay.seqs) == [5, 6]  # four as it ended


async def test_each_kind_of_room_has_its_own_time(people: Tenancy) -> None:
    await make_room(people, "plans", "private", "ann")
    await make_room(people, "two", "direct", "ann", "bob")
    for room in ("general", "plans", "two"):
        await say(people, "old", days=20, room=room)
    assert await apply(people, Periods(messages={"private": 15, "direct": 25})) == Removed(1, 0)
    assert [await texts(people, room) for room in ("general", "plans", "two")] == [["old"], [], ["old"]]


async def test_what_hangs_on_a_message_goes_with_it(people: Tenancy) -> None:
    with tenant_scope(people.record):
        handed_in = (await upload(people.record, ANN, File(io.BytesIO(image())), "a.png")).id
        lonely = (await upload(people.record, ANN, File(io.BytesIO(b"mine")), "b")).id
        [old, parent] = await say(people, "see", "thread")
        await edit(people.record, ANN, "general", old, {"text": "look"})
        await add_reaction(people.record, BOB, "general", old, "👍")
        await pin(people.record, SERVER, "general", old)
        await report(BOB, "general", old, reason="spam", note="")
    with_file = say_with(people, handed_in)
    [reply, quoting] = await sent(
        people, with_extras("reply", parent=_stored(parent)), with_extras("quote", quote=_stored(old))
    )
    await run(people, "UPDATE chat_message SET created_at = now() - interval '11 days' WHERE seq <= 2")
    await age(people, 11, with_file)
    assert await apply(people) == Removed(3, 1)
    assert await texts(people) == ["reply", "quote"]
    assert await counts(people, "messageedit", "reaction", "report") == [0, 0, 0]
    assert files_of(people) == {f"{lonely}.file"}
    with tenant_scope(people.record):
        assert await pins(SERVER, "general") == []
        kept, _ = await history("general", ANN, before_seq=None, after_seq=None, limit=10)
    assert [each.id for each in kept] == [reply.id, quoting.id]
    assert {(each.parent_id, each.quote) for each in kept} == {(None, None)}


async def test_search_forgets_what_was_removed_and_finds_what_stayed_beside_it(people: Tenancy) -> None:
    await say(people, *("secret" for _ in range(20)), days=11)
    await say(people, "secret kept")
    with tenant_scope(people.record):
        await index_tenant("simple")
    await apply(people)
    assert await found(people, "secret") == ["secret kept"]
    blocks = await run(people, "SELECT number, words::text FROM chat_searchblock")
    assert blocks == [(1, "'kept' 'secret'")]


async def test_files_go_on_their_own_and_the_message_goes_on_naming_them(people: Tenancy) -> None:
    with tenant_scope(people.record):
        old, young = [(await upload(people.record, ANN, File(io.BytesIO(b"x")), "x")).id for _ in range(2)]
    for each in (old, young):
        say_with(people, each)
    await run(people, "UPDATE chat_upload SET created_at = now() - interval '6 days' WHERE id = %s", old)
    assert await apply(people, Periods(files={"open": 5})) == Removed(0, 1)
    assert files_of(people) == {f"{young}.file"}
    assert await run(people, "SELECT attachments -> 0 ->> 'id' FROM chat_message ORDER BY seq") == [(old,), (young,)]
    assert await run(people, "SELECT used_bytes FROM chat_storageuse") == [(1,)]


@pytest.mark.parametrize("hold", [{"everything": True}, {"rooms": ["general"]}])
async def test_nothing_that_is_held_goes(people: Tenancy, hold: dict[str, Any]) -> None:
    with tenant_scope(people.record):
        handed_in = (await upload(people.record, ANN, File(io.BytesIO(b"x")), "x")).id
    await age(people, 11, say_with(people, handed_in))
    await run(people, "UPDATE chat_upload SET created_at = now() - interval '11 days'")
    periods = Periods(messages={"open": 10}, files={"open": 1})
    assert await apply(people, periods, LegalHold(**hold)) == Removed(0, 0)
    assert (await texts(people), files_of(people)) == (["see"], {f"{handed_in}.file"})


async def test_a_hold_on_a_user_keeps_what_that_user_said_until_it_is_lifted(people: Tenancy) -> None:
    [parent] = await say(people, "from bob", days=11, user="bob")
    [reply] = await sent(people, with_extras("answer", parent=_stored(parent)))
    await age(people, 11, reply.id)
    await say(people, "young")
    held = LegalHold(users=["bob"])
    assert await apply(people, TEN_DAYS, held) == Removed(1, 0)
    assert (await texts(people), await first_seq(people)) == (["from bob", "young"], 4)
    assert await run(people, "SELECT reply_count FROM chat_message WHERE user_id = 'bob'") == [(0,)]
    with tenant_scope(people.record):
        assert (await replies(SERVER, "general", parent, after_seq=0, limit=10))[0] == []
    assert await apply(people, TEN_DAYS, held) == Removed(0, 0)
    assert await apply(people) == Removed(1, 0)
    assert (await texts(people), await first_seq(people)) == (["young"], 4)


async def test_what_would_go_is_counted_before_it_does(people: Tenancy) -> None:
    await say(people, "old", "older", days=11)
    await say(people, "held", days=11, user="bob")
    retention = Retention(TEN_DAYS, LegalHold(users=["bob"]))
    with tenant_scope(people.record):
        counted = await expired(retention, datetime.now(UTC))
    assert [(each.kind, each.messages, each.files) for each in counted] == [
        ("open", 2, 0),
        ("private", 0, 0),
        ("direct", 0, 0),
    ]
    assert await apply(people, TEN_DAYS, retention.hold) == Removed(2, 0)


async def test_the_job_does_it_for_those_who_chose_so_and_says_how_much(
    acme: Tenancy, people: Tenancy, globex: Tenancy
) -> None:
    await run(globex, "INSERT INTO chat_user (id, name) VALUES ('ann', 'Ann')")
    for tenancy in (people, globex):
        await say(tenancy, "old", days=11)
    await _choose(people)
    await apply_retentions(timestamp=0)
    assert (await texts(people), await texts(globex)) == ([], ["old"])
    entries = AuditEntry.objects.filter(chain=people.schema_name, action="retention.applied")
    assert [entry.after async for entry in entries] == [{"messages": 1, "files": 0}]
    await say(people, "old", days=11)
    await Tenant.objects.filter(pk=people.record.id).aupdate(paused=True)
    await apply_retentions(timestamp=0)
    assert await texts(people) == ["old"]


async def test_a_plan_shortens_what_is_kept_a_month_after_it_began_and_no_hold(people: Tenancy) -> None:
    row = Tenant.objects.filter(pk=people.record.id)
    await say(people, "old", days=11)
    held, free = LegalHold(everything=True), LegalHold()
    for begun, hold, left in ((29, free, ["old"]), (31, held, ["old"]), (31, free, [])):
        since = datetime.now(UTC) - timedelta(days=begun)
        await sync_to_async(set_hold)(people.record, hold)
        await row.aupdate(retention_days=10, plan_since=since)
        await apply_retentions(timestamp=0)
        assert await texts(people) == left


def test_of_a_tenants_own_periods_and_its_plans_the_shorter_holds(people: Tenancy) -> None:
    own = Periods(messages={"open": 5, "private": 50}, files={"open": 20})
    set_periods(people.record, own)
    tenant = Tenant.objects.get(pk=people.record.id)
    tenant.retention_days = 30
    now = tenant.created_at + timedelta(days=31)
    assert retention_of(tenant, tenant.created_at).periods == own
    assert retention_of(tenant, now).periods.messages == {"open": 5, "private": 30, "direct": 30}
    assert retention_of(tenant, now).periods.files == {"open": 20}


async def _choose(tenancy: Tenancy) -> None:
    await sync_to_async(set_periods)(tenancy.record, TEN_DAYS)
    await sync_to_async(set_hold)(tenancy.record, LegalHold())


async def test_a_change_meets_either_the_whole_message_or_none(people: Tenancy) -> None:
    """A deletion that comes after it finds nothing, and takes no seq for it."""
    [old] = await say(people, "old", days=11)
    await apply(people)
    with tenant_scope(people.record), pytest.raises(ParleyError) as refusal:
        await delete(people.record, SERVER, "general", old)
    assert refusal.value.code == MESSAGE_NOT_FOUND
    assert await run(people, "SELECT last_seq FROM chat_room WHERE id = 'general'") == [(1,)]
