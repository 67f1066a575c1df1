"""An installation of the test's own whose PostgreSQL archives its WAL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from console.backups.store import Backup, Store
from embedded.owner import server_owner
from embedded.postgres import PASSWORD_FILE, PORT, SUPERUSER
from embedded.throwaway import Throwaway, throwaway
from tests.faults.stage import StageTenant
from tests.support.manage import Told, manage
from tests.support.plugin import ROOT
from tests.support.server import LiveServer


@dataclass
class House:
    """Servers, a store, and whatever is started on them."""

    servers: Throwaway
    store: Store
    folder: Path
    started: list[LiveServer] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        postgres = self.servers.postgres
        password = (postgres.data / PASSWORD_FILE).read_text()
        replicating = f"postgres://{SUPERUSER}:{password}@:{PORT}/parley?host={postgres.sockets}"
        media = (self.folder / "media").as_uri()
        own = {"BACKUP_FOLDER": str(self.store.folder), "BACKUP_DATABASE_URL": replicating, "MEDIA_URL": media}
        return {**self.servers.env, **own}

    def manage(self, *command: str) -> Told:
        return manage(*command, **self.env, DATABASE_POOL_SIZE="0")

    def done(self, *command: str) -> str:
        told = self.manage(*command)
        assert told.code == 0, told.err
        return told.out

    def backup(self) -> Backup:
        self.done("backup", "--keep", "3")
        return self.store.newest()

    def tenant(self, slug: str) -> StageTenant:
        made = json.loads(self.done("tenant", "create", slug, "--name", slug, "--owner", "o@x.test", "--json"))
        [[schema]] = self.ask("SELECT schema_name FROM tenants_tenant WHERE slug = %s", slug)
        key = made["signing_key"]
        return StageTenant(slug, schema, key["id"], key["secret"])

    def serve(self) -> LiveServer:
        self.started.append(LiveServer(self.folder / f"serve-{len(self.started)}.log", **self.env).start())
        return self.started[-1]

    def ask(self, statement: LiteralString, *parameters: object, schema: str = "") -> list[Any]:
        with psycopg.connect(self.servers.env["DATABASE_URL"], autocommit=True) as connection:
            if schema:
                connection.execute(f"SET ROLE {schema}; SET search_path = {schema}")  # type: ignore[arg-type]
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def now(self) -> str:
        [[moment]] = self.ask("SELECT clock_timestamp()")
        return str(moment.isoformat())


@pytest.fixture(scope="module")
def standing_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with throwaway() as servers:
        folder = servers.folder / "house"  # the servers' user can reach it
        store = Store(folder / "backups")
        store.wal.mkdir(parents=True)
        server_owner().take(store.wal)
        _archive(servers, store)
        house = House(servers, store, folder)
        house.done("migrate", "--verbosity", "0")
        yield house


@pytest.fixture
def house(standing_house: House) -> Iterator[House]:
    yield standing_house
    for server in standing_house.started:
        server.kill()
    standing_house.started.clear()


def _archive(servers: Throwaway, store: Store) -> None:
    """As deploy/postgresql/backup.conf does it, by a copy of its program that the servers' user can read."""
    program = store.folder / "archive"
    program.write_bytes((ROOT / "deploy/postgresql/archive").read_bytes())
    program.chmod(0o755)
    settings = {"archive_mode": "on", "archive_command": f"{program} {store.wal} %p %f"}
    with (servers.postgres.data / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    servers.postgres.stop()
    servers.postgres.start()
