"""Users: what each command costs."""

from __future__ import annotations

from chat.commands.profiles import save_user, update_user
from chat.commands.users import enter, revoke
from chat.policies import SERVER, Actor
from chat.queries.people import standings
from tenants.keys import check_api_key
from tenants.scope import tenant_scope
from tests.chat.commands.statements import counted
from tests.support.cast import Tenancy

ANN = Actor("ann")


async def test_each_is_one_statement_and_what_the_server_does_a_transaction_for_the_audit_log(people: Tenancy) -> None:
    entry = 3
    with tenant_scope(people.record):
        await revoke("ann")  # from now on the connections are open, and the tenant's log is begun
        for command, entries in (
            (lambda: enter("ann", name="Anne"), 0),
            (lambda: save_user("ann", name="Ann", avatar=None), 1),
            (lambda: save_user("ann", name="Ann", avatar=None), 0),
            (lambda: update_user(ANN, "ann", name="Annie"), 0),
            (lambda: update_user(SERVER, "ann", name="Anna", active=False), 2),
            (lambda: update_user(SERVER, "ann", name="Anna", active=False), 0),
            (lambda: update_user(SERVER, "ann", active=True), 1),
            (lambda: revoke("ann"), 1),
            (lambda: revoke("never-here"), 1),
            (lambda: standings(["ann", "bob"]), 0),
        ):
            with counted() as seen:
                await command()
            assert (seen["statements"], seen["begin"]) == (1 + entries * entry, entries)


async def test_checking_an_api_key_is_one_statement_and_noting_its_use_another_once_a_minute(people: Tenancy) -> None:
    await check_api_key(people.record, people.api_key)
    with counted() as seen:
        await check_api_key(people.record, people.api_key)
    assert seen["statements"] == 1


async def test_who_was_never_revoked_has_no_standing(people: Tenancy) -> None:
    with tenant_scope(people.record):
        assert await standings(["ann", "bob", "nobody"]) == {}
        await revoke("ann")
        await update_user(SERVER, "bob", active=False)
        found = await standings(["ann", "bob", "nobody"])
    assert (found["ann"].active, found["ann"].revoked_before > 0) == (True, True)
    assert (found["bob"].active, found["bob"].revoked_before) == (False, 0)
