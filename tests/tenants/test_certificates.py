"""A tenant that is removed leaves nothing that anybody said, and one entry that says so."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile

from chat.files.storage import keep, path_of
from embedded.binaries import find_binaries
from embedded.owner import server_owner
from kit.errors import ParleyError
from tenants import lifecycle
from tenants.models import AuditEntry
from tenants.retention import LegalHold, set_hold
from tests.support.cast import Tenancy
from tests.support.manage import manage_here
from tests.support.tables import change, make_room

CANARY = "a-canary-that-nobody-else-says"


def test_nothing_of_it_is_left_but_the_certificate(acme: Tenancy) -> None:
    make_room(acme, "told", members=("ann",))
    change(acme, "UPDATE chat_room SET name = %s", CANARY)
    keep(acme.schema_name, path_of("up_canary"), ContentFile(CANARY.encode()))
    assert CANARY in everything()
    assert files_with_it()

    told = manage_here("tenant", "delete", acme.slug, "--yes", "--now")
    assert told.code == 0, told.err
    certificate = json.loads(told.out.partition("\n")[2])
    entry = AuditEntry.objects.get(chain=AuditEntry.PLATFORM, number=certificate["entry"])
    assert (certificate["tenant"], certificate["sha256"]) == (acme.slug, entry.digest)
    assert certificate["rows"]["chat_room"] == 2
    assert certificate["rows"]["chat_user"] == 1
    assert certificate["removed_at"] == entry.at.isoformat()
    assert CANARY not in everything()
    assert not files_with_it()


def test_a_legal_hold_on_any_of_it_forbids_its_removal(acme: Tenancy) -> None:
    set_hold(acme.made.tenant, LegalHold(rooms=["general"]))
    acme.made.tenant.refresh_from_db()
    for removing in (lambda: lifecycle.request_deletion(acme.slug), lambda: lifecycle.remove(acme.made.tenant)):
        with pytest.raises(ParleyError, match="legal hold") as refusal:
            removing()
        assert refusal.value.code.name == "tenant_state"
    set_hold(acme.made.tenant, LegalHold())
    assert lifecycle.request_deletion(acme.slug).status == "deleting"


def everything() -> str:
    """The whole database as pg_dump writes it, as its superuser."""
    servers = Path(os.environ["PARLEY_TEST_SERVERS"])
    parts = urlsplit(os.environ["DATABASE_URL"])
    environment = {"PGPASSWORD": (servers / "postgres" / "superuser_password").read_text()}
    program = find_binaries(server_owner()).postgres / "pg_dump"
    at = ("--host", str(servers / "s"), "--port", "5432", "--username", "postgres", "--dbname", parts.path.strip("/"))
    return subprocess.run([program, *at], env=environment, capture_output=True, text=True, check=True).stdout


def files_with_it() -> list[Path]:
    media = Path(urlsplit(os.environ["MEDIA_URL"]).path)
    return [path for path in media.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
