"""Everything comes back into an empty folder, as of a moment, and a server starts on it."""

from __future__ import annotations

from pathlib import Path

import psycopg

from console.backups.taking import flush_wal
from embedded.binaries import find_binaries
from embedded.owner import server_owner
from embedded.postgres import Postgres
from embedded.record import Record
from tests.platform.console.backups.conftest import House

EPOCH = "SELECT epoch FROM chat_room WHERE id = 'general'"
NAMES = "SELECT slug FROM tenants_tenant WHERE slug LIKE 'all-%%' ORDER BY slug"


def test_everything_comes_back_as_it_was_at_a_moment(house: House, tmp_path: Path) -> None:
    first = house.tenant("all-first")
    house.backup()
    house.tenant("all-second")
    moment = house.now()
    before = house.ask(EPOCH, schema=first.schema_name)
    house.ask("UPDATE chat_room SET id = 'moved' WHERE id = 'general'", schema=first.schema_name)

    into = house.folder / "restored"
    _flushed(house)
    assert "are in no backup" in house.done("restore", "all", "--into", str(into), "--to", moment)

    sockets = house.servers.folder / "r"
    sockets.mkdir()
    server_owner().take(sockets)
    owner = server_owner()
    restored = Postgres(
        find_binaries(owner),
        owner,
        data=into / "postgres",
        sockets=sockets,
        log=tmp_path / "restored.log",
        record=Record(tmp_path / "processes.json"),
    )
    restored.start()
    try:
        url = house.servers.env["DATABASE_URL"].replace(str(house.servers.postgres.sockets), str(sockets))
        with psycopg.connect(url) as it:
            assert it.execute(NAMES).fetchall() == [("all-first",), ("all-second",)]
            it.execute(f"SET ROLE {first.schema_name}; SET search_path = {first.schema_name}")
            [epoch] = it.execute(EPOCH).fetchall()
            assert epoch not in before, "clients resync"
    finally:
        restored.stop()


def _flushed(house: House) -> None:
    """The server went on for a while after that moment."""
    with psycopg.connect(house.env["BACKUP_DATABASE_URL"], autocommit=True) as server:
        flush_wal(house.store, server)
