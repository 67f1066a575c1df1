"""Coming by a guest link while others do, and while it ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from chat.commands.guests import create_guest_link, enter_as_guest, revoke_guest_link
from chat.policies import SERVER
from kit.errors import LINK_EXPIRED, ParleyError
from tenants.scope import tenant_scope
from tests.chat.commands.stored import run
from tests.support.cast import Tenancy


async def _link(most_guests: int | None = None) -> str:
    life = timedelta(hours=1)
    return (await create_guest_link(SERVER, "general", name="", life=life, most_guests=most_guests)).id


async def test_of_many_who_come_at_once_only_so_many_come_in(people: Tenancy, delivery: None) -> None:
    with tenant_scope(people.record):
        link = await _link(most_guests=2)
        came = await asyncio.gather(*(enter_as_guest(link, "general", "Gus") for _ in range(8)), return_exceptions=True)
    refused = [each for each in came if isinstance(each, ParleyError)]
    assert [each.code for each in refused] == [LINK_EXPIRED] * 6
    assert await run(people, "SELECT count(*) FROM chat_user WHERE guest_link_id IS NOT NULL") == [(2,)]
    assert await run(people, "SELECT count(*) FROM chat_member") == [(2,)]


@pytest.mark.parametrize("before", [0, 4, 8])
async def test_nobody_slips_in_while_the_link_ends(people: Tenancy, delivery: None, before: int) -> None:
    with tenant_scope(people.record):
        link = await _link()
        knocking = [enter_as_guest(link, "general", "Gus") for _ in range(8)]
        ending = revoke_guest_link(SERVER, "general", link)
        await asyncio.gather(*knocking[:before], ending, *knocking[before:], return_exceptions=True)
    assert await run(people, "SELECT count(*) FROM chat_guestlink WHERE ended_at IS NULL") == [(0,)]
    active = "SELECT count(*) FROM chat_user WHERE guest_link_id IS NOT NULL AND deactivated_at IS NULL"
    assert await run(people, active) == [(0,)]
    assert await run(people, "SELECT count(*) FROM chat_member") == [(0,)]


async def test_a_link_opens_its_own_room_only(people: Tenancy, delivery: None) -> None:
    await run(people, "INSERT INTO chat_room (id, kind, name, epoch) VALUES ('secret', 'private', 'Secret', 'e1')")
    with tenant_scope(people.record):
        link = await _link()
        with pytest.raises(ParleyError) as refusal:
            await enter_as_guest(link, "secret", "Gus")
    assert refusal.value.code is LINK_EXPIRED
