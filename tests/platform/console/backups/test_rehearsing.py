"""A backup is worth what a rehearsal finds; a damaged one is refused, whatever is damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from console.backups.store import Backup
from tests.platform.console.backups.conftest import House


@pytest.fixture(scope="module")
def rehearsed(standing_house: House) -> list[Backup]:
    standing_house.tenant("rehearsed")
    return [standing_house.backup()]


@pytest.fixture
def backup(standing_house: House, rehearsed: list[Backup]) -> Backup:
    """The last one, or another if the last test removed it: they may run in any order."""
    if not rehearsed[-1].folder.exists():
        rehearsed.append(standing_house.backup())
    return rehearsed[-1]


def test_every_room_is_what_it_was(house: House, backup: Backup) -> None:
    rooms = len(backup.lines("heads.jsonl"))
    assert rooms
    house.tenant("later")  # and is in the WAL, but not in the moment that is compared
    assert f"{rooms} rooms" in house.done("restore", "rehearse", "--backup", backup.name)


def test_a_flipped_byte_and_a_lost_segment_are_refused(house: House, backup: Backup) -> None:
    largest = max((path for path in backup.base.rglob("*") if path.parent.name.isdecimal()), key=_size)
    segment = house.store.wal / backup.manifest["last_wal"]
    for path, change, why in (
        (largest, _flip, f"damaged: {largest.relative_to(backup.folder)} is not what was written"),
        (backup.base / "backup_manifest", _flip, "damaged: base/backup_manifest"),
        (backup.folder / "manifest.json", _flip, "damaged"),
        (segment, _flip, f"segment {segment.name} is not what was written"),
        (segment, Path.unlink, f"segment {segment.name} is missing"),
    ):
        with _damaged(path, change):
            told = house.manage("restore", "rehearse", "--backup", backup.name)
        assert told.code == 1
        assert why in told.err


def test_a_room_that_comes_out_otherwise_is_named(house: House, backup: Backup) -> None:
    heads = backup.folder / "heads.jsonl"
    whole = heads.read_bytes()
    [first, *others] = backup.lines("heads.jsonl")
    with _damaged(heads, lambda path: None), _damaged(backup.folder / "SHA256SUMS", lambda path: None):
        heads.write_text("".join(json.dumps(line) + "\n" for line in ({**first, "messages": 9}, *others)))
        backup.seal()
        told = house.manage("restore", "rehearse", "--backup", backup.name)
    assert heads.read_bytes() == whole
    assert told.code == 1
    assert f"1 rooms are not what they were: {first['schema']}:{first['room']}" in told.err


def test_a_server_that_is_never_still_is_backed_up_without_a_list_of_its_rooms(house: House) -> None:
    with psycopg.connect(house.servers.env["DATABASE_URL"]) as somebody:
        somebody.execute("SELECT pg_current_xact_id()")  # and writes on, while others come to their end
        house.ask("SELECT pg_current_xact_id()")
        told = house.manage("backup", "--keep", "3")
    assert told.code == 0, told.err
    assert "left out, for somebody was always writing" in told.err
    newest = house.store.newest()
    assert newest.lines("heads.jsonl") == []
    assert "nobody could note" in house.done("restore", "rehearse", "--backup", newest.name)


def test_old_backups_go_with_what_only_they_needed(house: House, backup: Backup) -> None:
    first_wal = backup.manifest["first_wal"]
    house.done("backup", "--keep", "1")
    [newest] = house.store.backups
    assert newest.name > backup.name
    segments = sorted(path.name for path in house.store.wal.iterdir() if len(path.name) == 24)
    assert segments[0] == newest.manifest["first_wal"]
    assert not (house.store.wal / f"{first_wal}.sha256").exists()
    assert newest.name in house.done("backup", "--list")


@contextmanager
def _damaged(path: Path, change: object) -> Iterator[None]:
    whole = path.read_bytes()
    change(path)  # type: ignore[operator]
    try:
        yield
    finally:
        path.write_bytes(whole)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _size(path: Path) -> int:
    return path.stat().st_size
