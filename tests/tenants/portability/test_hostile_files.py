"""Whoever brings a file may have made it to harm: it is refused before anything of it is there, or it harms nobody."""

from __future__ import annotations

import hashlib
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.db import connections

from kit.errors import ParleyError
from tenants.models import Tenant, TenantImport
from tenants.portability.importing import import_tenant
from tests.support.cast import Tenancy
from tests.support.portability import tenancy_of
from tests.support.tables import rows
from tests.tenants.portability.conftest import Exported

Members = dict[str, bytes]


def schemas() -> set[str]:
    """Of this worker's database; roles, which go with them, belong to all workers' together."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\\_%'")
        return {name for (name,) in cursor.fetchall()}


def folders() -> set[str]:
    folder = Path(storages["uploads"].path(""))
    return {each.name for each in folder.iterdir() if any(file.is_file() for file in each.rglob("*"))}


def is_refused(file: Path, slug: str = "hostile") -> str:
    """Why; and nothing of it is left behind."""
    before = schemas(), folders()
    with pytest.raises(ParleyError) as refusal:
        import_tenant(file, slug)
    assert refusal.value.code.name == "file_refused", refusal.value.detail
    assert (schemas(), folders()) == before
    assert not Tenant.objects.filter(slug=slug).exists()
    assert not TenantImport.objects.exists()
    return refusal.value.detail


@pytest.fixture
def forged(exported: Exported, tmp_path: Path) -> Callable[[Callable[[Members], object]], Path]:
    """The tenant's file as ``change`` leaves its members, with hashes and a seal that are right for them."""

    def forge(change: Callable[[Members], object]) -> Path:
        with zipfile.ZipFile(exported.plain) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        change(members)
        manifest = json.loads(members.pop("manifest.json"))
        for name, content in members.items():
            manifest["members"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        file = tmp_path / "forged.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            archive.writestr("manifest.json", json.dumps(manifest))
            archive.comment = b"0" * 64
        return sealed(file)

    return forge


def sealed(file: Path) -> Path:
    content = file.read_bytes()[:-64]
    file.write_bytes(content + hashlib.sha256(content).hexdigest().encode())
    return file


def replace(members: Members, name: str, old: str, new: str) -> None:
    assert old.encode() in members[name], (name, old)
    members[name] = members[name].replace(old.encode(), new.encode())


def in_manifest(**values: object) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **values}).encode()

    return change


def test_any_flipped_byte_and_any_cut_is_seen(exported: Exported, tmp_path: Path) -> None:
    whole, damaged = exported.plain.read_bytes(), tmp_path / "damaged.zip"
    places = [0, len(whole) // 2, len(whole) - 100, len(whole) - 1, *random.Random(7).choices(range(len(whole)), k=20)]
    for place in places:
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "damaged" in is_refused(damaged), place
    for length in (0, 1, 64, 65, len(whole) // 3, len(whole) - 1):
        damaged.write_bytes(whole[:length])
        is_refused(damaged)
    damaged.write_bytes(whole + b"more")
    is_refused(damaged)


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.zip"
    for content in (b"no archive at all".ljust(100) + b"0" * 64, b"\x00" * 1_000):
        file.write_bytes(content)
        is_refused(sealed(file))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", "[" * 100_000)
        archive.comment = b"0" * 64
    is_refused(sealed(file))


def test_a_bomb_is_not_unfolded(exported: Exported, tmp_path: Path) -> None:
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(exported.manifest))
        archive.writestr("tables/chat_room", bytes(50 << 20))
        archive.comment = b"0" * 64
    assert "unfold" in is_refused(sealed(file))


FORGERIES: dict[str, Callable[[Members], object]] = {
    "another format": in_manifest(format=2),
    "a newer release": in_manifest(migrations=[["chat", "9999_to_come"]]),
    "no migrations": in_manifest(migrations=[]),
    "a table of the neighbours": in_manifest(
        tables=[{"name": "public.tenants_account", "columns": ["id"], "rows": 1}], members={}
    ),
    "no tables": in_manifest(tables=[]),
    "a manifest of another kind": in_manifest(tables={"a": 1}, migrations="x"),
    "statements in the rows": lambda m: m.update({"tables/chat_mute": b"\\.\n; DROP TABLE chat_room; --\n"}),
    "rows that end early": lambda m: m.update({"tables/chat_room": b"\\.\n" + m["tables/chat_room"]}),
    "a program": lambda m: m.update({"tables/chat_ban": b"\\copy chat_ban from program 'id'\n"}),
    "rows twice": lambda m: m.update({"tables/chat_user": m["tables/chat_user"] * 2}),
    "somebody in a room that is not there": lambda m: replace(m, "tables/chat_member", "\tplans\t", "\tplums\t"),
    "a room's head": lambda m: replace(m, "rooms.jsonl", '"head":', '"head":1'),
    "one room less": lambda m: m.update({"rooms.jsonl": b"\n".join(m["rooms.jsonl"].splitlines()[:-1]) + b"\n"}),
    "a word in the audit log": lambda m: replace(m, "audit.jsonl", '"action":"', '"action":"not.'),
    "an entry less in the audit log": lambda m: m.update({"audit.jsonl": m["audit.jsonl"].partition(b"\n")[2]}),
    "columns that are not the table's": lambda m: replace(m, "manifest.json", '"until"', '"id; DROP TABLE chat_room"'),
    "a path in the tables": lambda m: replace(m, "tables/chat_upload", "up_", "../up_"),
    "a path in the list of files": lambda m: replace(m, "files.jsonl", '"path":"', '"path":"../'),
    "a longer file than there is": lambda m: m.update({"files": m["files"][:-1]}),
    "other bytes in a file": lambda m: m.update({"files": b"x" + m["files"][1:]}),
    "a header in an origin": lambda m: replace(m, "tenant.json", '"origins":["', '"origins":["x\\r\\nSet-Cookie: a=b'),
    "settings of another kind": lambda m: replace(m, "tenant.json", '"origins":["', '"origins":[17, "'),
    "a negative limit": lambda m: replace(m, "tenant.json", '"sends_per_second":', '"sends_per_second":-'),
    "a role that is none": lambda m: replace(m, "tenant.json", '"role":"owner"', '"role":"operator"'),
    "no tenant": lambda m: m.pop("tenant.json"),
    "two tenants": lambda m: m.update({"tenant.json": m["tenant.json"] * 2}),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_file_is_refused_and_leaves_nothing(
    name: str, forged: Callable[[Callable[[Members], object]], Path]
) -> None:
    is_refused(forged(FORGERIES[name]))


def test_settings_that_are_not_the_tenants_to_bring_stay_ours(
    forged: Callable[[Callable[[Members], object]], Path], globex: Tenancy
) -> None:
    """Its place on this server is none of them, and neither is what another release knew."""
    ours = f'"schema_name":"{globex.schema_name}","id":{globex.record.id},"service":"suspended","colour":"blue",'
    arrived = import_tenant(
        forged(lambda m: replace(m, "tenant.json", '"settings":{', f'"settings":{{{ours}')), "settings-of-its-own"
    )
    tenant = arrived.tenant
    assert tenant.schema_name != globex.schema_name
    assert (tenant.pk != globex.record.id, tenant.service) == (True, "full")
    assert {f"the setting {name}" for name in ("schema_name", "id", "service", "colour")} <= set(arrived.left)


def test_a_script_in_a_message_is_sanitised(forged: Callable[[Callable[[Members], object]], Path]) -> None:
    """Browsers show what was rendered as it is: it is rendered here again."""

    def inject(members: Members) -> None:
        before = next(row for row in members["tables/chat_message"].decode().splitlines() if "<strong>" in row)
        replace(members, "tables/chat_message", before, before.replace("<strong>", "<script>alert(1)</script><strong>"))

    arrived = tenancy_of(import_tenant(forged(inject), "sanitised"))
    shown = [html for (html,) in rows(arrived, "SELECT html FROM chat_message WHERE html IS NOT NULL")]
    assert any("<strong>" in html for html in shown)
    assert not [html for html in shown if "script" in html]
