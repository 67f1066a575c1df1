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

import jwt
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from embedded.throwaway import Throwaway, throwaway
from kit.ids import wire_id
from tests.support import nursery
from tests.support.manage import python
from tests.support.plugin import ROOT
from tests.support.server import LiveServer
from tests.support.serving import Serving

_TENANTS_AT_ONCE = 8
ANEW = {"PYTHONFAULTHANDLER": "1"}
"""For a process that is to begin as it does in production, and not as a fork of one that has everything loaded."""
_DAY = 86_400  # seconds
_STORED = """
SELECT seq, id, client_id, text, deleted_at IS NOT NULL AS deleted, jsonb_build_object('id', user_id) AS user
FROM chat_message WHERE room_id = %s AND kind = 'message' ORDER BY seq
"""


class MortalServer(LiveServer):
    """Dies between a commit and what follows it, and rises again: see the program."""

    program = ("-m", "tests.faults.mortal_serve")


class ShiftedServer(LiveServer):
    """Its clock is minutes off: see the program."""

    program = ("-m", "tests.faults.shifted_serve")


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
    api_key: str = ""

    @property
    def canary(self) -> str:
        """A word that only its people say."""
        return f"canary-{self.schema_name}"

    @property
    def host(self) -> str:
        return f"{self.slug}.localhost"

    def token(self, user_id: str, *, name: str | None = None) -> str:
        """Without an ``iat``: some servers here have clocks by which that would lie ahead."""
        claims = {"sub": user_id, "exp": int(time.time()) + _DAY, **({"name": name} if name else {})}
        return jwt.encode(claims, self.secret, "HS256", headers={"kid": self.key_id})


class CommandFailed(Exception):
    """A command of ours did; the text is what it said."""


class Stage:
    """Everything that may fail, in the test's hands."""

    def __init__(self, servers: Throwaway, folder: Path) -> None:
        self.postgres = servers.postgres
        self.valkey = servers.valkey
        self.redis_url = servers.env["REDIS_URL"]
        self.serving = Serving()
        self.database_url = servers.env["DATABASE_URL"]
        self._env = {**servers.env, "MEDIA_URL": (folder / "media").as_uri()}
        self._folder = folder
        self._logs = itertools.count()
        self._servers: list[LiveServer] = []
        self._workers: list[nursery.Child | subprocess.Popen[bytes]] = []
        self._unused: list[StageTenant] = []
        self.run("manage.py", "migrate", "--verbosity", "0")

    def tenant(self) -> StageTenant:
        """A new tenant whose people may send as fast as they like."""
        if not self._unused:
            told = self.run("-m", "tests.faults.make_tenants", str(_TENANTS_AT_ONCE))
            self._unused = [StageTenant(**json.loads(line)) for line in told.splitlines()]
        return self._unused.pop()

    def suspend(self, tenant: StageTenant) -> None:
        self.manage("tenant", "suspend", tenant.slug)

    def manage(self, *arguments: str) -> str:
        """``manage.py``; what it said. Raises CommandFailed, as it does while PostgreSQL is away."""
        return self.run("manage.py", *arguments)

    def work(self, *program: str, **env: str) -> nursery.Child | subprocess.Popen[bytes]:
        """One more ``worker``, of ``manage.py`` if no program is named."""
        with (self._folder / "worker.log").open("ab") as log:
            out, env = log.fileno(), {**os.environ, **self._env, **env}
            worker = nursery.python(*(program or ("manage.py",)), "worker", env=env, stdout=out, stderr=out)
        self._workers.append(worker)
        return worker

    def serve(self, kind: type[LiveServer] = LiveServer, *, serving: Serving | None = None, **env: str) -> LiveServer:
        """One more ``serve``, in the stage's way if none is named."""
        log = self._folder / f"serve-{next(self._logs)}.log"
        server = kind(log, *(serving or self.serving).arguments, **{**self._env, **env})
        self._servers.append(server)
        return server.start()

    @contextmanager
    def unsafe_commits(self) -> Iterator[None]:
        """On connections that are opened in the block PostgreSQL confirms commits that it only has in memory."""
        self._execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
        try:
            yield
        finally:
            self._execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")

    def stored(self, tenant: StageTenant, room: str) -> list[dict[str, Any]]:
        """All the room's messages, as PostgreSQL has them."""
        with self.inside(tenant) as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(_STORED, (room,)).fetchall()
        return [{**row, "id": wire_id("m", row["id"])} for row in rows]

    @contextmanager
    def inside(self, tenant: StageTenant) -> Iterator[psycopg.Connection[Any]]:
        """A transaction under the role of the tenant that has its slug here, in its schema."""
        with psycopg.connect(self.database_url) as connection:
            found = connection.execute("SELECT schema_name FROM tenants_tenant WHERE slug = %s", (tenant.slug,))
            [schema] = found.fetchone() or pytest.fail(f"there is no {tenant.slug}")
            connection.execute(sql.SQL("SET ROLE {0}; SET search_path TO {0}").format(sql.Identifier(schema)))
            yield connection

    def shared(self, statement: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the public schema."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement, parameters).fetchall()

    def clear(self) -> None:
        """End what the last test started and bring back what it killed."""
        for server in self._servers:
            if server.running:
                server.kill()
        for worker in self._workers:
            worker.kill()
            worker.wait()
        self._servers.clear()
        self._workers.clear()
        self.bring_back()

    def bring_back(self) -> None:
        """PostgreSQL and Valkey, where they are down."""
        for backend in (self.postgres, self.valkey):
            if not backend.child.alive:
                backend.child.stop()
                backend.start()

    def logs(self) -> Iterator[str]:
        """Every line that servers and workers logged."""
        for log in self._folder.glob("*.log"):
            with log.open(errors="replace") as lines:
                yield from lines

    def _execute(self, statement: LiteralString) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement)

    def run(self, *program: str) -> str:
        """Python to its end; what it said. Raises CommandFailed."""
        told = python(*program, **self.settings)
        if told.code:
            raise CommandFailed(told.err)
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
def raised(folder: Path, *, durable: bool = True) -> Iterator[Stage]:
    """Durable, as in production: without full page writes a killed PostgreSQL may leave half a page behind."""
    with throwaway(durable=durable) as servers:
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
