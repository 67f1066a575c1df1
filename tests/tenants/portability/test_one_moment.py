"""An export is of one moment, however much is said meanwhile; and it may be of an older release."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.test import override_settings

from tenants import schemas
from tenants.models import SchemaTemplate
from tenants.portability.exporting import export_tenant
from tenants.portability.importing import import_tenant
from tenants.schemas import pending_migrations
from tenants.scope import SchemaOnly
from tests.support.cast import Tenancy
from tests.support.portability import heads_of, tables_of, tenancy_of
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import fill, make_room, rows, unhurried

PEOPLE = 20


async def test_while_people_send_it_is_what_history_says_of_its_moment(
    live: LiveServer, acme: Tenancy, tmp_path: Path
) -> None:
    """Of each room a beginning without a hole, as long as its head says, and word for word what was acknowledged."""
    await sync_to_async(unhurried)(acme)
    await sync_to_async(fill)(acme, 5_000)
    rooms = ["general", *[await sync_to_async(make_room)(acme, f"room-{number}") for number in range(3)]]
    acknowledged: dict[tuple[str, int], str] = {}
    over = asyncio.Event()

    async def talk(number: int) -> None:
        room = rooms[number % len(rooms)]
        async with person(live, acme, f"p{number}") as someone:
            count = 0
            while not over.is_set():
                count += 1
                answer = await someone.send(text := f"{number} says {count}", room)
                acknowledged[room, answer["seq"]] = text

    talking = [asyncio.create_task(talk(number)) for number in range(PEOPLE)]
    while len(acknowledged) < PEOPLE:
        await asyncio.sleep(0)
    before = dict(acknowledged)
    manifest = await sync_to_async(export_tenant)(acme.slug, tmp_path / "acme.zip")
    over.set()
    await asyncio.gather(*talking)
    copy = await sync_to_async(lambda: tenancy_of(import_tenant(tmp_path / "acme.zip", "of-one-moment")))()
    heads = {head["room"]: head for head in read_lines(tmp_path / "acme.zip", "rooms.jsonl")}
    assert {room: head.as_told for room, head in (await sync_to_async(heads_of)(copy)).items()} == heads
    said = await sync_to_async(rows)(copy, "SELECT room_id, seq, text FROM chat_message ORDER BY room_id, seq")
    for room, head in heads.items():
        assert [seq for where, seq, _ in said if where == room] == list(range(1, head["head"] + 1))
    texts = {(room, seq): text for room, seq, text in said}
    assert before.items() <= texts.items(), "what was acknowledged before is in it"
    assert {place: text for place, text in texts.items() if place in acknowledged} == {
        place: text for place, text in acknowledged.items() if place in texts
    }
    assert len(acknowledged) > len(before), "people went on"
    assert sum(table["rows"] for table in manifest["tables"] if table["name"] == "chat_message") == len(said)


def read_lines(file: Path, name: str) -> list[dict[str, object]]:
    with zipfile.ZipFile(file) as archive:
        return [json.loads(line) for line in archive.read(name).splitlines()]


def forget_migrations() -> None:
    """What a process knows of the migrations on disk it learns once."""
    schemas._digest.cache_clear()
    schemas.all_migrations.cache_clear()


@pytest.fixture
def coming_release() -> Iterator[override_settings]:
    coming = override_settings(MIGRATION_MODULES={"chat": "tests.tenants.newer.migrations"})
    yield coming
    coming.disable()
    forget_migrations()
    SchemaTemplate.objects.exclude(digest=schemas._digest()).delete()


def test_a_file_of_an_older_release_is_brought_up_to_this_one(
    acme: Tenancy, tmp_path: Path, coming_release: override_settings
) -> None:
    fill(acme, 50)
    export_tenant(acme.slug, tmp_path / "acme.zip")
    coming_release.enable()
    forget_migrations()
    copy = tenancy_of(import_tenant(tmp_path / "acme.zip", "brought-up"))
    assert pending_migrations(SchemaOnly(copy.schema_name)) == ()
    assert rows(copy, "SELECT colour FROM chat_room") == [("General blue",)]
    assert tables_of(copy)["chat_message"] == tables_of(acme)["chat_message"]
