"""What it costs to report, to look through reports, and to resolve one."""

from __future__ import annotations

from chat.commands.reports import report, resolve
from chat.policies import SERVER, Actor
from chat.queries.reports import reports
from kit.ids import wire_id
from tenants.audit import arecord
from tenants.scope import tenant_scope
from tests.chat.commands.statements import counted
from tests.chat.commands.stored import run
from tests.support.cast import Tenancy


async def test_a_page_of_reports_is_one_statement_however_many_there_are(people: Tenancy) -> None:
    await run(
        people,
        """
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text)
        SELECT gen_random_uuid(), 'general', n, n, 'ann', 'hi' FROM generate_series(1, 100) n
        """,
    )
    said = await run(people, "SELECT id FROM chat_message")
    costs = []
    with tenant_scope(people.record):
        for number, (message_id,) in enumerate(said):
            with counted() as seen:
                made = await report(Actor("bob"), "general", wire_id("m", message_id), reason="spam", note="")
            costs.append(seen["statements"])
            if number in (0, 99):
                with counted() as seen:
                    found, more = await reports(SERVER, limit=100)
                assert (len(found), more, seen["statements"]) == (number + 1, False, 1)
        await arecord(people.record, "test.begun")  # a tenant's first entry costs more
        with counted() as seen:
            await resolve(SERVER, wire_id("rp", made.id), "acted")
    assert set(costs) == {2}
    assert seen["statements"] == 1 + 3  # and an entry in the audit log
