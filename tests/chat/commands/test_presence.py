"""The ledger of who is here: it counts while its processes beat, and knows nobody who does not want to be seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chat.commands.presence import PresenceLedger, set_invisible
from chat.delivery.presence import SILENCE_SECONDS
from chat.policies import SERVER, Actor
from chat.queries import people as queries
from kit.errors import ParleyError
from tenants.scope import tenant_scope
from tests.chat.commands.statements import counted
from tests.chat.commands.stored import make_room, run
from tests.support.cast import Tenancy

LEDGER = PresenceLedger()


async def seen(tenancy: Tenancy, user: str) -> tuple[bool, bool]:
    """Online, and ever seen to go."""
    with tenant_scope(tenancy.record):
        shown = await queries.user(user)
    return shown.online, shown.last_seen is not None


async def beat(tenancy: Tenancy, process: str) -> tuple[bool, list[tuple[str, bool]]]:
    beaten = await LEDGER.beat(tenancy.schema_name, process)
    return beaten.anew, sorted((each.user_id, each.online) for each in beaten.lost)


async def note(tenancy: Tenancy, process: str, came: list[str], gone: list[str]) -> list[tuple[str, bool]]:
    return sorted((each.user_id, each.online) for each in await LEDGER.note(tenancy.schema_name, process, came, gone))


async def fall_silent(tenancy: Tenancy, process: str) -> None:
    change = "UPDATE chat_servingprocess SET beat_at = beat_at - %s * interval '1 second' WHERE id = %s RETURNING id"
    assert await run(tenancy, change, SILENCE_SECONDS + 1, process)


async def test_who_is_noted_is_online_until_the_last_process_lets_go(people: Tenancy) -> None:
    for process in ("p1", "p2"):
        assert await beat(people, process) == (True, [])
        assert await beat(people, process) == (False, [])
        assert await note(people, process, ["ann"], []) == [("ann", True)]
    assert await seen(people, "ann") == (True, False)
    assert await note(people, "p1", ["bob"], ["ann"]) == [("ann", True), ("bob", True)]
    assert await note(people, "p2", [], ["ann"]) == [("ann", False)]
    assert await seen(people, "ann") == (False, True)
    assert await seen(people, "carol") == (False, False)


async def test_members_show_who_of_them_is_online(people: Tenancy) -> None:
    await make_room(people, "ours", "private", "ann", "bob")
    await beat(people, "p1")
    [ann] = await LEDGER.note(people.schema_name, "p1", ["ann"], [])
    assert (ann.name, ann.rooms) == ("Ann", ["ours"])
    with tenant_scope(people.record):
        members, _ = await queries.members("ours", limit=10)
    assert {member.id: member.online for member in members} == {"ann": True, "bob": False}


async def test_a_process_that_falls_silent_takes_its_people_with_it(people: Tenancy) -> None:
    for process in ("p1", "p2"):
        await beat(people, process)
        await note(people, process, ["ann"], [])
    await note(people, "p2", ["bob"], [])
    await fall_silent(people, "p2")
    assert await seen(people, "bob") == (False, False)
    assert await beat(people, "p1") == (False, [("ann", True), ("bob", False)])
    assert await seen(people, "bob") == (False, True)
    [(last_seen,)] = await run(people, "SELECT last_seen_at FROM chat_user WHERE id = 'bob'")
    assert (datetime.now(UTC) - last_seen).total_seconds() > SILENCE_SECONDS, "seen when its process last was"
    assert await beat(people, "p2") == (True, []), "it had been given up, and learns of it"


async def test_the_invisible_appear_nowhere(people: Tenancy) -> None:
    await beat(people, "p1")
    await note(people, "p1", ["ann"], [])
    with tenant_scope(people.record):
        hidden = await set_invisible(Actor("ann"), "ann", invisible=True)
        assert (hidden.online, hidden.last_seen is not None, hidden.invisible) == (False, True, True)
        again = await set_invisible(Actor("ann"), "ann", invisible=True)
    assert again == hidden
    assert await note(people, "p1", [], ["ann"]) == []
    assert await note(people, "p1", ["ann"], []) == []
    assert await run(people, "SELECT last_seen_at FROM chat_user WHERE id = 'ann'") == [(hidden.last_seen,)]
    with tenant_scope(people.record):
        assert (await set_invisible(SERVER, "ann", invisible=False)).online
    assert (await seen(people, "ann"))[0]


async def test_nobody_decides_it_for_others(people: Tenancy) -> None:
    with tenant_scope(people.record):
        for actor, user, code in ((Actor("bob"), "ann", "not_allowed"), (SERVER, "nobody", "user_not_found")):
            with pytest.raises(ParleyError) as refusal:
                await set_invisible(actor, user, invisible=True)
            assert refusal.value.code.name == code


async def test_a_hundred_people_are_two_statements(people: Tenancy) -> None:
    await beat(people, "p1")
    with counted() as statements:
        await note(people, "p1", [f"u{number}" for number in range(100)], ["ann"])
    assert statements["statements"] == 2
