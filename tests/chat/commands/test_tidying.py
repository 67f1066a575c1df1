"""Tidying: what nobody can see any more is removed, file and row, and counted back."""

from __future__ import annotations

import io

import pytest
from django.core.files.base import File
from django.core.files.storage import storages

from chat.commands import tidying
from chat.commands.tidying import remove_discarded_uploads
from chat.commands.uploading import upload
from chat.policies import Actor
from chat.tasks import remove_uploads
from tenants.scope import tenant_scope
from tests.chat.commands.stored import run
from tests.support.cast import Tenancy
from tests.support.uploads import image, say_with


async def handed_in(tenancy: Tenancy, content: bytes = b"hello") -> str:
    with tenant_scope(tenancy.record):
        return (await upload(tenancy.record, Actor("ann"), File(io.BytesIO(content)), "a")).id


async def tidy(tenancy: Tenancy) -> int:
    with tenant_scope(tenancy.record):
        return await remove_discarded_uploads()


async def age(tenancy: Tenancy, upload_id: str, hours: float) -> None:
    moved = "UPDATE chat_upload SET created_at = now() - %s * interval '1 hour' WHERE id = %s"
    await run(tenancy, moved, hours, upload_id)


async def kept(tenancy: Tenancy) -> set[str]:
    return {upload_id for (upload_id,) in await run(tenancy, "SELECT id FROM chat_upload")}


def files_of(tenancy: Tenancy) -> set[str]:
    """Names of files, without what stands before the upload's id and with the variant behind it."""
    storage = storages["uploads"]
    folders, _ = storage.listdir(tenancy.schema_name)
    return {name for folder in folders for name in storage.listdir(f"{tenancy.schema_name}/{folder}")[1]}


async def test_what_was_not_sent_within_a_day_goes(people: Tenancy) -> None:
    old, young, sent = await handed_in(people, image()), await handed_in(people), await handed_in(people)
    say_with(people, sent)
    await age(people, old, 24.1)
    await age(people, young, 23.9)
    await age(people, sent, 100)
    assert await tidy(people) == 1
    assert await kept(people) == {young, sent}
    assert files_of(people) == {f"{young}.file", f"{sent}.file"}
    assert await run(people, "SELECT used_bytes FROM chat_storageuse") == [(10,)]
    assert await tidy(people) == 0


async def test_what_a_deleted_message_showed_goes_and_so_many_at_a_time(
    people: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "_AT_ONCE", 2)
    uploads = [await handed_in(people) for _ in range(5)]
    message_id = say_with(people, *uploads)
    await run(people, "UPDATE chat_message SET deleted_at = now() WHERE id = %s", message_id)
    assert await tidy(people) == 5
    assert files_of(people) == set()
    assert await kept(people) == set()
    assert await run(people, "SELECT used_bytes FROM chat_storageuse") == [(0,)]


async def test_a_removal_that_broke_off_is_finished_later(people: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    upload_id = await handed_in(people)
    await age(people, upload_id, 25)

    async def crash(*_: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(tidying, "forget", crash)
        with pytest.raises(KeyboardInterrupt):
            await tidy(people)
    assert (files_of(people), await kept(people)) == (set(), {upload_id})
    assert await tidy(people) == 1
    assert await kept(people) == set()


async def test_the_job_goes_through_all_tenants_and_a_broken_one_stops_nobody(
    acme: Tenancy, people: Tenancy, globex: Tenancy
) -> None:
    for tenancy in (people, globex):
        await run(tenancy, "INSERT INTO chat_user (id, name) VALUES ('ann', 'Ann') ON CONFLICT DO NOTHING")
        await age(tenancy, await handed_in(tenancy), 25)
    await run(people, "ALTER TABLE chat_upload RENAME TO elsewhere")
    await remove_uploads(timestamp=0)
    assert files_of(globex) == set()
    assert len(files_of(people)) == 1
