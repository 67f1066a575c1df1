"""A private PostgreSQL: one data folder, one Unix socket, one role and one database for Parley."""

import contextlib
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from embedded.binaries import POSTGRES_MAJOR, Binaries
from embedded.errors import CannotRun
from embedded.leftovers import postmaster_pid, servers_in
from embedded.owner import Owner
from embedded.process import Child, Sleep
from embedded.record import Record

PORT = 5432  # only a part of the socket's name: nothing listens on TCP
SUPERUSER = "postgres"
ROLE = DATABASE = "parley"
PASSWORD_FILE = "superuser_password"  # noqa: S105  # its name, inside the data folder
START_SECONDS = 60.0  # recovery after a crash is part of a start
STOP = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0))  # its fast, then its immediate shutdown

# A server's own environment: none of ours, so no PGDATA, PGPORT or PGOPTIONS of the user's leaks in.
# macOS needs a fixed locale, or PostgreSQL becomes multithreaded while it starts and refuses to go on.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_min_messages": "warning",
    # People's messages travel in statements, and belong in no log.
    "log_statement": "none",
    "log_min_error_statement": "panic",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# Survives a kill -9 of the server, not of the machine. No shared memory stays if it is not started again, and nothing
# lasts long enough to need a vacuum.
FLEETING = {
    "fsync": "off",
    "autovacuum": "off",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "dynamic_shared_memory_type": "mmap",
}


class Postgres:
    """`data` is the data folder; `sockets` exists, has a short path and is the owner's alone."""

    def __init__(
        self,
        binaries: Binaries,
        owner: Owner,
        *,
        data: Path,
        sockets: Path,
        log: Path,
        record: Record,
        durable: bool = True,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.data = data.resolve()  # a link from var/ to the shelter, followed
        self.sockets = sockets
        self._bin = binaries.postgres
        self._owner = owner
        self._durable = durable
        self._initdb = Child("PostgreSQL's initdb", log, record, sleep)
        self.child = Child("PostgreSQL", log, record, sleep)

    @property
    def is_prepared(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def prepare(self) -> None:
        """Make the data folder, whole or not at all: it is built beside its place and renamed into it.

        Raises CannotRun if initdb fails or if something else is in the place.
        """
        if self.data.exists() and any(self.data.iterdir()):
            raise CannotRun(f"{self.data} is not empty, and not a PostgreSQL data folder. Move it away.")
        unfinished = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            self._initialize(unfinished)
            (unfinished / "data").rename(self.data)
        finally:
            self._initdb.stop((signal.SIGINT, 2.0))
            shutil.rmtree(unfinished, ignore_errors=True)

    def _initialize(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._owner.take(folder)
        password = folder / PASSWORD_FILE
        password.touch(mode=0o600)
        with password.open("w") as file:
            file.write(secrets.token_hex(16))
            file.flush()
            os.fsync(file.fileno())  # initdb forces only its own files to the disk
        self._owner.take(password)
        command: list[str | Path] = [
            self._bin / "initdb",
            "--pgdata=data",
            f"--username={SUPERUSER}",
            f"--pwfile={PASSWORD_FILE}",
            "--auth-local=scram-sha-256",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
            *([] if self._durable else ["--no-sync"]),
        ]
        self._initdb.start(command, cwd=folder, env=ENVIRONMENT, owner=self._owner)
        self._initdb.finish()
        password.rename(folder / "data" / PASSWORD_FILE)

    def start(self) -> None:
        """Start, and wait until it takes connections. Raises CannotRun, with the end of the log, if not."""
        self._check_version()
        self._drop_stale_locks()
        settings = {
            **SETTINGS,
            **(DURABLE if self._durable else FLEETING),
            "unix_socket_directories": str(self.sockets),
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [self._bin / "postgres", "-D", self.data, *flags]
        self.child.start(command, cwd=self.data, env=ENVIRONMENT, owner=self._owner)
        self.child.wait_until(self._answers, START_SECONDS)

    def stop(self) -> None:
        """Open transactions roll back, the rest is written out."""
        self.child.stop(*STOP)

    def kill(self) -> None:
        """Signal 9 to the server and all its backends."""
        self.child.kill()

    def create_database(self, password: str, *, createdb: bool = False) -> None:
        """Make the role and its database, or bring those that exist in line. Safe to repeat.

        The role may create roles, for each tenant has its own, and inherits nothing from them; `createdb`
        lets it create databases too, which only tests need. Schema `public` is its own and closed to all
        others, in every database that is made from now on.
        """
        with self._superuser("template1") as connection:
            hashed = connection.pgconn.encrypt_password(password.encode(), ROLE.encode(), b"scram-sha-256")
            role = sql.Identifier(ROLE)
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
                connection.execute(sql.SQL("CREATE ROLE {}").format(role))
            rights = "LOGIN NOSUPERUSER NOINHERIT CREATEROLE NOREPLICATION NOBYPASSRLS "
            alter = sql.SQL("ALTER ROLE {} " + rights + ("CREATEDB" if createdb else "NOCREATEDB") + " PASSWORD {}")
            connection.execute(alter.format(role, sql.Literal(hashed.decode())))
            connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(role))
            if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                database = sql.Identifier(DATABASE)
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def url(self, password: str) -> str:
        """The socket is in the query: libpq would also read it as an encoded host, django-environ not."""
        return f"postgres://{ROLE}:{password}@:{PORT}/{DATABASE}?host={self.sockets}"

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(POSTGRES_MAJOR):
            raise CannotRun(
                f"{self.data} was made by PostgreSQL {found}, this is {POSTGRES_MAJOR}. "
                "Dump it with that version, or move it away to begin anew."
            )
        if self.data.stat().st_uid != self._owner.uid:
            raise CannotRun(
                f"{self.data} belongs to user {self.data.stat().st_uid}, the server would run as "
                f"{self._owner.name}. Run as the user who made it, or move it away."
            )

    def _drop_stale_locks(self) -> None:
        """Remove lock files whose pid has gone to a stranger, as after a reboot: PostgreSQL would give up."""
        if any(servers_in(self.data)):
            raise CannotRun(f"A PostgreSQL is still at work in {self.data}.")
        pid = postmaster_pid(self.data)
        if pid and psutil.pid_exists(pid):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self._superuser("template1"):
            return True
        return False

    @contextlib.contextmanager
    def _superuser(self, database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        with psycopg.connect(
            host=str(self.sockets),
            port=PORT,
            user=SUPERUSER,
            password=(self.data / PASSWORD_FILE).read_text(),
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        ) as connection:
            yield connection


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, name: str) -> bool:
    return connection.execute(query.encode(), (name,)).fetchone() is not None
