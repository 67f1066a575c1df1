"""A stage of the test's own: PostgreSQL and Valkey that may be killed, tenants, and servers in front of them."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from embedded.throwaway import Throwaway, throwaway
from tenants.records import SigningKeyRecord
from tenants.tokens import mint
from tests.support.manage import python
from tests.support.plugin import ROOT
from tests.support.server import LiveServer
from tests.support.serving import Serving

_TENANTS_AT_ONCE = 8


class HastyServer(LiveServer):
    """Acknowledges before the commit: see the program."""

    program = ("-m", "tests.faults.hasty_serve")


class ForgetfulServer(LiveServer):
    """Commits and acknowledges, but does not always ring: see the program."""

    program = ("-m", "tests.faults.forgetful_serve")


@dataclass(frozen=True)
class StageTenant:
    """A tenant of the stage, as far as sockets need it."""

    slug: str
    schema_name: str
    key_id: str
    secret: str

    @property
    def host(self) -> str:
        return f"{self.slug}.localhost"

    def token(self, user_id: str, *, name: str | None = None) -> str:
        return mint(SigningKeyRecord(self.key_id, "HS256", self.secret), user_id, name=name)[0]


class Stage:
    """Everything that may fail, in the test's hands."""

    def __init__(self, servers: Throwaway, folder: Path) -> None:
        self.postgres = servers.postgres
        self.valkey = servers.valkey
        self.redis_url = servers.env["REDIS_URL"]
        self.serving = Serving()
        self._env = {**servers.env, "MEDIA_URL": (folder / "media").as_uri()}
        self._folder = folder
        self._logs = itertools.count()
        self._servers: list[LiveServer] = []
        self._unused: list[StageTenant] = []
        self.run("manage.py", "migrate", "--verbosity", "0")

    def tenant(self) -> StageTenant:
        """A new tenant whose people may send as fast as they like."""
        if not self._unused:
            told = self.run("-m", "tests.faults.make_tenants", str(_TENANTS_AT_ONCE))
            self._unused = [StageTenant(**json.loads(line)) for line in told.splitlines()]
        return self._unused.pop()

    def suspend(self, tenant: StageTenant) -> None:
        self.run("manage.py", "tenant", "suspend", tenant.slug)

    def serve(self, kind: type[LiveServer] = LiveServer, *, serving: Serving | None = None, **env: str) -> LiveServer:
        """One more ``serve``, in the stage's way if none is named."""
        log = self._folder / f"serve-{next(self._logs)}.log"
        server = kind(log, *(serving or self.serving).arguments, **{**self._env, **env})
        self._servers.append(server.start())
        return server

    @contextmanager
    def unsafe_commits(self) -> Iterator[None]:
        """On connections that are opened in the block PostgreSQL confirms commits that it only has in memory."""
        self._execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
        try:
            yield
        finally:
            self._execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")

    def stored(self, tenant: StageTenant, room: str) -> list[tuple[int, str]]:
        """Seq and client_id of all the room's messages, as PostgreSQL has them."""
        statement = "SELECT seq, client_id FROM chat_message WHERE room_id = %s ORDER BY seq"
        with self.inside(tenant) as connection:
            return connection.execute(statement, (room,)).fetchall()

    @contextmanager
    def inside(self, tenant: StageTenant) -> Iterator[psycopg.Connection[Any]]:
        """A transaction under the role of the tenant that has its slug here, in its schema."""
        with psycopg.connect(self._env["DATABASE_URL"]) as connection:
            found = connection.execute("SELECT schema_name FROM tenants_tenant WHERE slug = %s", (tenant.slug,))
            [schema] = found.fetchone() or pytest.fail(f"there is no {tenant.slug}")
            connection.execute(sql.SQL("SET ROLE {0}; SET search_path TO {0}").format(sql.Identifier(schema)))
            yield connection

    def shared(self, statement: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the public schema."""
        with psycopg.connect(self._env["DATABASE_URL"]) as connection:
            return connection.execute(statement, parameters).fetchall()

    def clear(self) -> None:
        """End what the last test started and bring back what it killed."""
        for server in self._servers:
            if server.running:
                server.kill()
        self._servers.clear()
        for backend in (self.postgres, self.valkey):
            if not backend.child.alive:
                backend.child.stop()
                backend.start()

    def _execute(self, statement: LiteralString) -> None:
        with psycopg.connect(self._env["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statement)

    def run(self, *program: str) -> str:
        told = python(*program, **self.settings)
        assert told.code == 0, told.err
        return told.out

    def begin(self, *program: str) -> subprocess.Popen[str]:
        command = [sys.executable, *program]
        env = {**os.environ, **self.settings}
        return subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )

    @property
    def settings(self) -> dict[str, str]:
        """Of a command here."""
        return {**self._env, "DATABASE_POOL_SIZE": "0"}


@contextmanager
def raised(folder: Path) -> Iterator[Stage]:
    # Durable, as in production: without full page writes a killed process may leave half a page behind.
    with throwaway(durable=True) as servers:
        stage = Stage(servers, folder)
        try:
            yield stage
        finally:
            stage.clear()


class Stopwatch:
    """Seconds since something was over, for the report; tests assert generous bounds only."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


def noted(record: Any, name: str, value: float) -> None:
    """Keep a figure with the test's result (``--junitxml``) and print it (``-s``)."""
    record(name, round(value, 3))
    print(f"\n    {name}: {value:.2f}")
