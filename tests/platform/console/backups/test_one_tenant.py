"""One tenant goes back to a moment while it and its neighbour live; and may come forward again."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from tests.faults.stage import StageTenant
from tests.platform.console.backups.conftest import House
from tests.support.http import Client
from tests.support.sockets import Person, person
from tests.support.uploads import hand_in

TEXTS = "SELECT text FROM chat_message WHERE kind = 'message' ORDER BY seq"
STATE = "SELECT epoch, last_seq FROM chat_room WHERE id = 'general'"
AUDITED = "SELECT action FROM tenants_auditentry WHERE chain = %s AND action LIKE 'tenant.restore%%' ORDER BY number"
BOB = "SELECT name, deactivated_at IS NOT NULL FROM chat_user WHERE id = 'bob'"
ERASE_BOB = """
from asgiref.sync import async_to_sync
from chat.commands import erasing
from tenants.models import Tenant
from tenants.scope import tenant_scope
with tenant_scope(Tenant.objects.get(slug="acme")):
    async_to_sync(erasing.begin)("bob", removes_messages=False)
"""


async def test_a_tenant_goes_back_to_a_moment_while_its_neighbour_lives(house: House) -> None:
    acme, globex = house.tenant("acme"), house.tenant("globex")
    live = house.serve()
    ann = Client(live, acme.host, {"Authorization": f"Bearer {acme.token('ann')}"})
    async with person(live, acme, "ann") as here, person(live, acme, "bob"), person(live, globex, "eve") as neighbour:
        await neighbour.subscribe()
        file = (await sync_to_async(hand_in)(ann, b"a file of ours", "ours.txt", "text/plain")).json
        await here.subscribe()
        await here.send("kept", attachments=[file["id"]])
        await sync_to_async(house.backup)()
        await here.send("kept too")
        moment = house.now()
        await here.send("a mistake")
        await sync_to_async(house.done)("shell", "-c", ERASE_BOB)
        [stored] = [path for path in (house.folder / "media" / acme.schema_name).rglob("*") if path.is_file()]
        stored.unlink()
        [[epoch, head]] = house.ask(STATE, schema=acme.schema_name)

        told = await sync_to_async(house.done)("restore", "tenant", "acme", "--to", moment)
        assert "1 files put back, 0 in no backup, 1 people erased again" in told
        assert await here.closed() == 1012
        assert house.ask(TEXTS, schema=acme.schema_name) == [("kept",), ("kept too",)]
        assert stored.read_bytes() == b"a file of ours"
        [[restored, last_seq]] = house.ask(STATE, schema=acme.schema_name)
        assert restored != epoch
        assert last_seq == head, "no seq is given twice"
        assert (await neighbour.send("undisturbed"))["type"] == "ok"
        assert house.ask(BOB, schema=acme.schema_name) == [("Deleted user", True)]

    async with person(live, acme, "ann") as back:
        again = await back.subscribe(since=head, epoch=epoch)
        assert again["epoch"] == restored
        await back.until(lambda _: back.texts() == ["kept", "kept too"])
        assert (await back.send("goes on"))["seq"] > head
        await _undone_and_confirmed(house, acme, back)


async def _undone_and_confirmed(house: House, acme: StageTenant, back: Person) -> None:
    refused = await sync_to_async(house.manage)("restore", "tenant", "acme", "--to", house.now())
    assert "restored already" in refused.err
    await sync_to_async(house.done)("restore", "undo", "acme")
    assert await back.closed() == 1012
    assert house.ask(TEXTS, schema=acme.schema_name) == [("kept",), ("kept too",), ("a mistake",)]
    await sync_to_async(house.done)("restore", "undo", "acme")
    assert house.ask(TEXTS, schema=acme.schema_name) == [("kept",), ("kept too",), ("goes on",)]
    await sync_to_async(house.done)("restore", "confirm", "acme")
    assert house.ask("SELECT to_regnamespace(%s)", f"{acme.schema_name}_before") == [(None,)]
    assert house.ask(AUDITED, acme.schema_name) == [
        ("tenant.restored",),
        ("tenant.restore_undone",),
        ("tenant.restore_undone",),
        ("tenant.restore_confirmed",),
    ]


def test_what_cannot_be_restored_is_refused_by_name(house: House) -> None:
    house.tenant("early")
    for arguments, why in (
        (("tenant", "nobody", "--to", house.now()), "tenant_not_found"),
        (("tenant", "early", "--to", "2001-01-01"), "holds no backup"),
        (("tenant", "early", "--to", "2999-01-01"), "lies ahead"),
        (("confirm", "early"), "was not restored"),
        (("all", "--into", str(house.folder)), "is not empty"),
    ):
        told = house.manage("restore", *arguments)
        assert told.code == 1
        assert why in told.err
