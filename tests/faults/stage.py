"""A stage of the test's own: PostgreSQL and Valkey that may be killed, tenants, and servers in front of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from embedded.throwaway import Throwaway, throwaway
from tenants.records import SigningKeyRecord
from tenants.tokens import mint
from tests.support.plugin import ROOT
from tests.support.server import LiveServer

_UNHURRIED = "sends_per_second = 10000, send_burst = 10000"


class ForgetfulServer(LiveServer):
    """Commits and acknowledges, but does not always ring: see the program."""

    program = ("-m", "tests.faults.forgetful_serve")


@dataclass(frozen=True)
class StageTenant:
    """A tenant of the stage, as far as sockets need it."""

    slug: str
    key: SigningKeyRecord

    @property
    def host(self) -> str:
        return f"{self.slug}.localhost"

    def token(self, user_id: str, *, name: str | None = None) -> str:
        return mint(self.key, user_id, name=name)[0]


class Stage:
    """Everything that may fail, in the test's hands."""

    def __init__(self, servers: Throwaway, folder: Path) -> None:
        self.postgres = servers.postgres
        self.valkey = servers.valkey
        self.redis_url = servers.env["REDIS_URL"]
        self._env = servers.env
        self._folder = folder
        self._serving: list[LiveServer] = []
        self._slugs = 0
        self._manage("migrate", "--verbosity", "0")

    def tenant(self) -> StageTenant:
        """A new tenant whose people may send as fast as they like."""
        self._slugs += 1
        slug = f"stage-{self._slugs}"
        made = json.loads(
            self._manage("tenant", "create", slug, "--name", slug, "--owner", "owner@stage.test", "--json")
        )
        with psycopg.connect(self._env["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f"UPDATE tenants_tenant SET {_UNHURRIED} WHERE slug = %s", (slug,))
        key = made["signing_key"]
        return StageTenant(slug, SigningKeyRecord(key["id"], "HS256", key["secret"]))

    def suspend(self, tenant: StageTenant) -> None:
        self._manage("tenant", "suspend", tenant.slug)

    def serve(self, kind: type[LiveServer] = LiveServer, **env: str) -> LiveServer:
        """One more ``serve`` process."""
        log = self._folder / f"serve-{len(self._serving)}.log"
        server = kind(log, **{**self._env, **env})
        self._serving.append(server.start())
        return server

    def clear(self) -> None:
        """End what the last test started and bring back what it killed."""
        for server in self._serving:
            if server.running:
                server.kill()
        self._serving.clear()
        for backend in (self.postgres, self.valkey):
            if not backend.child.alive:
                backend.child.stop()
                backend.start()

    def _manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self._env, "DATABASE_POOL_SIZE": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def raised(folder: Path) -> Iterator[Stage]:
    with throwaway() as servers:
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
