"""Users: what each command costs."""

from __future__ import annotations

from chat.commands.users import enter, revoke, update_user
from chat.queries.people import standings
from tenants.keys import check_api_key
from tenants.scope import tenant_scope
from tests.chat.commands.statements import counted
from tests.support.cast import Tenancy


async def test_each_is_one_statement(people: Tenancy) -> None:
    with tenant_scope(people.record):
        await enter("ann")  # from now on the connection is open
        for command in (
            lambda: enter("ann", name="Ann", issued_at=1.0),
            lambda: update_user("ann", name="Anna", active=False),
            lambda: update_user("ann", active=True),
            lambda: revoke("ann"),
            lambda: revoke("never-here"),
            lambda: standings(["ann", "bob"]),
        ):
            with counted() as seen:
                await command()
            assert (seen["statements"], seen["begin"]) == (1, 0)


async def test_checking_an_api_key_is_one_statement_and_noting_its_use_another_once_a_minute(people: Tenancy) -> None:
    await check_api_key(people.record, people.api_key)
    with counted() as seen:
        await check_api_key(people.record, people.api_key)
    assert seen["statements"] == 1


async def test_who_was_never_revoked_has_no_standing(people: Tenancy) -> None:
    with tenant_scope(people.record):
        assert await standings(["ann", "bob", "nobody"]) == {}
        await revoke("ann")
        await update_user("bob", active=False)
        found = await standings(["ann", "bob", "nobody"])
    assert (found["ann"].active, found["ann"].revoked_before > 0) == (True, True)
    assert (found["bob"].active, found["bob"].revoked_before) == (False, 0)
