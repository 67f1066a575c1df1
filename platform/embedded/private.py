"""The private servers of a checkout, for as long as `make run` runs."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.binaries import find_binaries
from embedded.environment import password_in
from embedded.folders import Folders, make_data_folders_reachable, open_socket_folder
from embedded.owner import server_owner
from embedded.postgres import Postgres
from embedded.process import Child, Sleep
from embedded.progress import step
from embedded.record import Record
from embedded.valkey import Valkey


@dataclass
class Private:
    """What is running: the URLs by the name of their variable, and the processes."""

    urls: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)


@contextlib.contextmanager
def private_servers(
    wanted: set[str], kept: Mapping[str, str], folders: Folders, record: Record, sleep: Sleep, shelter: Path
) -> Iterator[Private]:
    """The servers for the wanted variables, DATABASE_URL and REDIS_URL; Valkey stops first, PostgreSQL last.

    `kept` holds the URLs of the last run, whose passwords stay. Raises CannotRun.
    """
    private = Private()
    if not wanted:
        yield private
        return
    owner = server_owner()
    make_data_folders_reachable(folders, owner, shelter)
    open_socket_folder(folders.sockets, owner)
    binaries = find_binaries(owner, shelter)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folders.sockets, ignore_errors=True)
        if "DATABASE_URL" in wanted:
            postgres = Postgres(
                binaries,
                owner,
                data=folders.postgres,
                sockets=folders.sockets,
                log=folders.logs / "postgres.log",
                record=record,
                sleep=sleep,
            )
            password = password_in(kept.get("DATABASE_URL"))
            stack.enter_context(_running_postgres(postgres, password))
            private.urls["DATABASE_URL"] = postgres.url(password)
            private.children.append(postgres.child)
        if "REDIS_URL" in wanted:
            valkey = Valkey(
                binaries,
                owner,
                folder=folders.valkey,
                sockets=folders.sockets,
                log=folders.logs / "valkey.log",
                record=record,
                password=password_in(kept.get("REDIS_URL")),
                sleep=sleep,
            )
            stack.enter_context(_running_valkey(valkey))
            private.urls["REDIS_URL"] = valkey.url
            private.children.append(valkey.child)
        yield private


@contextlib.contextmanager
def _running_postgres(postgres: Postgres, password: str) -> Iterator[None]:
    if not postgres.is_prepared:
        with step("PostgreSQL: preparing var/postgres"):
            postgres.prepare()
    try:
        with step("PostgreSQL: starting"):
            postgres.start()
            postgres.create_database(password)
        yield
    finally:
        with step("PostgreSQL: stopping"):
            postgres.stop()


@contextlib.contextmanager
def _running_valkey(valkey: Valkey) -> Iterator[None]:
    try:
        with step("Valkey: starting"):
            valkey.start()
        yield
    finally:
        with step("Valkey: stopping"):
            valkey.stop()
