"""What was removed, seen from outside: who comes back gets all that is kept, told where it begins by now."""

from __future__ import annotations

from datetime import UTC, datetime

from chat.commands.retention import Removed, apply_retention
from tenants.retention import Periods, Retention
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy
from tests.support.http import as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, fill


async def _night(tenant: Tenancy) -> Removed:
    with tenant_scope(tenant.record):
        return await apply_retention(Retention(Periods(messages={"open": 10})), "simple", datetime.now(UTC))


async def test_a_replay_from_before_what_is_kept_is_all_that_is_kept(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 9)
    change(acme, "UPDATE chat_message SET created_at = now() - interval '11 days' WHERE seq <= 6")
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe(since=9)
        assert await _night(acme) == Removed(6, 0)
        answer = await ann.subscribe(since=2)
        assert (answer["first_seq"], answer["last_seq"], answer["replayed"], answer["more"]) == (7, 9, 3, False)
        await ann.send("still in order")
        await bob.event("message.created", seq=10)
        await ann.event("message.created", seq=10)
        assert [frame["seq"] for frame in ann.durable()] == [7, 8, 9, 10]
        assert [frame["seq"] for frame in bob.durable()] == [10]
    page = as_user(live, acme, "ann").get("/api/v1/rooms/general/messages?after_seq=2").json
    assert ([message["seq"] for message in page["data"]], page["next"]) == ([7, 8, 9, 10], None)
    before = as_user(live, acme, "ann").get("/api/v1/rooms/general/messages?before_seq=7").json
    assert (before["data"], before["next"]) == ([], None)
