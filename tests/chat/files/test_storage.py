"""Where files lie: a folder for each tenant, and nothing of it left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from chat.files.storage import discard, discard_all, keep, open_kept, path_of
from tenants import lifecycle
from tests.support.cast import Tenancy


def lies_there(schema: str, path: str) -> bool:
    return storages["uploads"].exists(f"{schema}/{path}")


def test_what_is_kept_is_found_in_its_tenants_folder_alone() -> None:
    keep("t_one", path_of("up_abc"), ContentFile(b"hello"))
    with open_kept("t_one", path_of("up_abc")) as file:
        assert file.read() == b"hello"
    with pytest.raises(FileNotFoundError):
        open_kept("t_two", path_of("up_abc"))
    discard("t_one", [path_of("up_abc"), path_of("up_abc")])
    assert not lies_there("t_one", path_of("up_abc"))


def test_files_are_their_owners_alone() -> None:
    keep("t_modes", path_of("up_abc"), ContentFile(b"hello"))
    storage = storages["uploads"]
    file = Path(storage.path(f"t_modes/{path_of('up_abc')}"))
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    discard_all("t_modes")


def test_a_tenants_folder_goes_with_the_tenant(acme: Tenancy, globex: Tenancy) -> None:
    for tenant in (acme, globex):
        for upload_id in ("up_abc", "up_xyz"):
            keep(tenant.schema_name, path_of(upload_id), ContentFile(b"hello"))
            keep(tenant.schema_name, path_of(upload_id, "thumbnail"), ContentFile(b"hello"))
    lifecycle.remove(acme.made.tenant)
    assert not storages["uploads"].exists(acme.schema_name)
    assert lies_there(globex.schema_name, path_of("up_xyz", "thumbnail"))


def test_a_tenant_without_files_can_be_removed(acme: Tenancy) -> None:
    discard_all(acme.schema_name)
    lifecycle.remove(acme.made.tenant)
