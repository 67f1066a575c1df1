"""People from a file: in, or reported by line and reason; once, however often it is begun."""

from __future__ import annotations

import asyncio
import io
from collections import Counter

import pytest
from django.core.files.base import File
from django.core.files.storage import storages

from chat.commands import importing_people
from kit.errors import ParleyError
from tenants.connections import tenant_connection
from tenants.scope import tenant_scope
from tests.chat.commands.stored import run
from tests.support.cast import Tenancy
from tests.support.tables import make_room


async def handed_in(tenancy: Tenancy, content: str) -> str:
    with tenant_scope(tenancy.record):
        return await importing_people.keep_file(File(io.BytesIO(content.encode())), "people.csv")


async def imported(tenancy: Tenancy, import_id: str) -> tuple[object, ...]:
    """Started and carried on with; its state, and how many were saved and were not."""
    with tenant_scope(tenancy.record):
        await importing_people.start(import_id)
        await importing_people.carry_on(import_id)
    return await standing(tenancy, import_id)


async def standing(tenancy: Tenancy, import_id: str) -> tuple[object, ...]:
    [row] = await run(tenancy, "SELECT state, saved, faulty FROM chat_userimport WHERE id = %s", import_id)
    return tuple(row)


async def faults(tenancy: Tenancy, import_id: str) -> list[tuple[int, str, str]]:
    found = 'SELECT line, "user", reason FROM chat_importfault WHERE user_import_id = %s ORDER BY line'
    return [tuple(row) for row in await run(tenancy, found, import_id)]


async def users(tenancy: Tenancy) -> int:
    [(count,)] = await run(tenancy, "SELECT count(*) FROM chat_user")
    return int(count)


def files(tenancy: Tenancy) -> list[str]:
    return storages["uploads"].listdir(f"{tenancy.schema_name}/imports")[1]


def fifty_thousand() -> str:
    """Of each hundred rows one is bad, in one of four ways."""
    bad = [",No Id", "a b,Spaces", "u-0,Again", f"long,{'x' * 121}"]
    rows = [bad[n // 100 % 4] if n % 100 == 99 else f"u-{n},Person {n},gold" for n in range(50_000)]
    return "id,name,plan\n" + "\n".join(rows) + "\n"


async def test_of_fifty_thousand_the_bad_ones_are_named_and_the_rest_are_in(acme: Tenancy) -> None:
    before = await users(acme)
    import_id = await handed_in(acme, fifty_thousand())
    with tenant_scope(acme.record):
        seen = await importing_people.preview(import_id)
    assert (seen.rows, seen.faulty, seen.columns.custom) == (5_000, 50, ["plan"])
    assert await users(acme) == before
    assert await imported(acme, import_id) == ("done", 49_500, 500)
    assert await users(acme) == before + 49_500
    told = await faults(acme, import_id)
    assert [line for line, _, _ in told] == [n + 2 for n in range(99, 50_000, 100)]
    assert set(Counter(reason for _, _, reason in told).values()) == {125}
    assert told[2] == (301, "u-0", "the id stands in a line before")
    assert await run(acme, "SELECT name, data FROM chat_user WHERE id = 'u-41998'") == [
        ("Person 41998", {"plan": "gold"})
    ]
    assert files(acme) == []


async def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on(
    acme: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after some batch was saved and before that was noted, at each of the first batches."""
    monkeypatch.setattr(importing_people, "_AT_ONCE", 10)
    rows = "".join(f"k-{n},Killed {n},general\n" if n % 7 else f"k/{n},x,\n" for n in range(45))
    import_id = await handed_in(acme, f"id,name,rooms\n{rows}k-1,Twice,\n")
    with tenant_scope(acme.record):
        await importing_people.start(import_id)
        for batches in (1, 2, 2):
            with monkeypatch.context() as patch:
                _kill_after(patch, batches)
                with pytest.raises(asyncio.CancelledError):
                    await importing_people.carry_on(import_id)
            assert await importing_people.unfinished() == []  # until its lease is over
            await run(acme, "UPDATE chat_userimport SET leased_until = now() - interval '1 s'")
            assert await importing_people.unfinished() == [import_id]
        await importing_people.carry_on(import_id)
    assert await standing(acme, import_id) == ("done", 38, 8)
    assert [line for line, _, _ in await faults(acme, import_id)] == [2, 9, 16, 23, 30, 37, 44, 47]
    joined = "SELECT count(*), count(DISTINCT user_id) FROM chat_message WHERE user_id LIKE 'k-%%'"
    assert await run(acme, joined) == [(38, 38)]


def _kill_after(patch: pytest.MonkeyPatch, batches: int) -> None:
    place, done = importing_people._place, []

    async def placed(people: list[object]) -> list[object]:
        found = await place(people)  # type: ignore[arg-type]
        done.append(people)
        if len(done) == batches:
            raise asyncio.CancelledError
        return found  # type: ignore[return-value]

    patch.setattr(importing_people, "_place", placed)


async def test_the_same_file_again_changes_nothing(acme: Tenancy) -> None:
    make_room(acme, "plans", "private")
    content = "id,name,avatar,plan,rooms\nann,Ann,https://a.test/a.png,gold,general plans\nbob,Bob,,,plans\n"
    whole = "SELECT id, name, avatar, data FROM chat_user ORDER BY id"
    members = "SELECT room_id, user_id, role FROM chat_member ORDER BY 1, 2"
    events = "SELECT count(*) FROM chat_message"
    assert await imported(acme, await handed_in(acme, content)) == ("done", 2, 0)
    before = [await run(acme, each) for each in (whole, members, events)]
    assert ("ann", "Ann", "https://a.test/a.png", {"plan": "gold"}) in before[0]
    assert before[1] == [("general", "ann", "member"), ("plans", "ann", "member"), ("plans", "bob", "member")]
    assert await imported(acme, await handed_in(acme, content)) == ("done", 2, 0)
    assert [await run(acme, each) for each in (whole, members, events)] == before


async def test_what_a_row_leaves_empty_stays_and_its_custom_data_takes_the_place_of_the_old(people: Tenancy) -> None:
    await run(people, "UPDATE chat_user SET avatar = 'https://a.test/a.png', data = '{\"x\": 1}' WHERE id = 'ann'")
    await imported(people, await handed_in(people, "id,name,plan\nann,,gold\n"))
    ann = "SELECT name, avatar, data FROM chat_user WHERE id = 'ann'"
    assert await run(people, ann) == [("Ann", "https://a.test/a.png", {"plan": "gold"})]
    await imported(people, await handed_in(people, "id,name\nann,Anna\n"))
    assert await run(people, ann) == [("Anna", "https://a.test/a.png", {"plan": "gold"})]


async def test_rooms_that_let_nobody_in_are_reasons_too(people: Tenancy) -> None:
    make_room(people, "old")
    make_room(people, "dm", "direct", members=("ann", "bob"))
    await run(people, "UPDATE chat_room SET archived_at = now() WHERE id = 'old'")
    await run(people, "INSERT INTO chat_ban (room_id, user_id) VALUES ('general', 'carol')")
    rows = "d1,D,nowhere\nd2,D,old\nd3,D,dm\ncarol,Caro,general\nd4,D,general\n"
    import_id = await handed_in(people, f"id,name,rooms\n{rows}")
    assert await imported(people, import_id) == ("done", 2, 4)
    assert [(line, user) for line, user, _ in await faults(people, import_id)] == [
        (2, "d1"),
        (3, "d2"),
        (4, "d3"),
        (5, "carol"),
    ]
    reasons = [reason for *_, reason in await faults(people, import_id)]
    assert "no room 'nowhere'" in reasons[0]
    assert "archived" in reasons[1]
    assert "direct" in reasons[2]
    assert reasons[3].startswith("saved, but not put into the room 'general'")
    assert await run(people, "SELECT name FROM chat_user WHERE id IN ('carol', 'd4') ORDER BY id") == [
        ("Caro",),
        ("D",),
    ]
    assert await run(people, "SELECT user_id FROM chat_member WHERE room_id = 'general'") == [("d4",)]


async def test_a_cancelled_import_stops_and_its_file_goes(acme: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_people, "_AT_ONCE", 10)
    import_id = await handed_in(acme, "id\n" + "".join(f"c-{n}\n" for n in range(40)))
    save = importing_people._save

    async def saved(people: list[object]) -> None:
        await save(people)  # type: ignore[arg-type]
        await importing_people.cancel(import_id)

    monkeypatch.setattr(importing_people, "_save", saved)
    assert await imported(acme, import_id) == ("cancelled", 0, 0)
    assert await run(acme, "SELECT count(*) FROM chat_user WHERE id LIKE 'c-%%'") == [(10,)]
    assert files(acme) == []
    for late in (importing_people.cancel, importing_people.start):
        with tenant_scope(acme.record), pytest.raises(ParleyError):
            await late(import_id)


async def test_what_nobody_starts_within_a_day_is_forgotten(acme: Tenancy) -> None:
    old, young = [await handed_in(acme, "id\nann\n") for _ in range(2)]
    await run(acme, "UPDATE chat_userimport SET created_at = now() - interval '25 hours' WHERE id = %s", old)
    with tenant_scope(acme.record):
        await importing_people.forget_old()
    assert files(acme) == [f"{young}.csv"]
    assert await standing(acme, old) == ("cancelled", 0, 0)


async def test_an_import_whose_file_is_lost_says_so(acme: Tenancy) -> None:
    import_id = await handed_in(acme, "id\nann\n")
    storages["uploads"].delete(f"{acme.schema_name}/{importing_people.path_of(import_id)}")
    assert await imported(acme, import_id) == ("failed", 0, 0)


async def test_what_fails_again_and_again_is_given_up_unless_it_got_further(
    acme: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing_people, "_AT_ONCE", 1)
    import_id = await handed_in(acme, "id\nann\nbob\n")
    with tenant_scope(acme.record):
        await importing_people.start(import_id)
        await run(acme, "UPDATE chat_userimport SET attempts = 4")
        for attempt in range(6):
            with monkeypatch.context() as patch:
                _fail_after(patch, 1 if attempt == 0 else 0)
                with pytest.raises(RuntimeError):
                    await importing_people.carry_on(import_id)
            await run(acme, "UPDATE chat_userimport SET leased_until = now() - interval '1 s'")
        await importing_people.carry_on(import_id)
        assert await importing_people.unfinished() == []
    assert await standing(acme, import_id) == ("failed", 1, 0)
    [(failure,)] = await run(acme, "SELECT failure FROM chat_userimport")
    assert failure.startswith("Behind line 2 it failed 5 times.")
    assert files(acme) == []


def _fail_after(patch: pytest.MonkeyPatch, batches: int) -> None:
    save, done = importing_people._save, []

    async def saved(people: list[object]) -> None:
        if len(done) == batches:
            raise RuntimeError
        done.append(people)
        await save(people)  # type: ignore[arg-type]

    patch.setattr(importing_people, "_save", saved)


async def test_only_so_many_files_wait_at_once(acme: Tenancy) -> None:
    for _ in range(importing_people._MOST_WAITING):
        last = await handed_in(acme, "id\nann\n")
    with pytest.raises(ParleyError) as refused:
        await handed_in(acme, "id\nann\n")
    assert refused.value.code.name == "plan_limit_reached"
    with tenant_scope(acme.record):
        await importing_people.cancel(last)
    await handed_in(acme, "id\nann\n")


async def test_too_large_a_file_is_not_kept(acme: Tenancy) -> None:
    file = File(io.BytesIO(b"id\n"))
    file.size = importing_people.MOST_BYTES + 1
    with tenant_scope(acme.record), pytest.raises(ParleyError, match="25 MB"):
        await importing_people.keep_file(file, "a.csv")
    with tenant_scope(acme.record):
        async with tenant_connection() as connection:
            assert (await connection.execute("SELECT FROM chat_userimport")).rowcount == 0
