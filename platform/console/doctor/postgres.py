"""The server: what it is, what it promises, and what our role may do there."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.conf import settings
from django.db import connections

from console.doctor.finding import Finding, fail, ok, warn
from tenants.models import Process
from tenants.routers import SHARED

_OLDEST = 160_000
_MOST_SECONDS_APART = 2.0
_POOLS = 3  # of each process: the event loop's, and one of the ORM's for each alias
_OWN = 2  # connections of a process beside its pools: it listens


def check() -> Iterator[Finding]:
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_ASKED)
        version, number, rights, encoding, collation, fsync, full_page, synchronous, connections_allowed, now = (
            cursor.fetchone()
        )
    yield (
        ok(f"PostgreSQL {version}")
        if number >= _OLDEST
        else fail(f"PostgreSQL {version} is too old", "Upgrade to 16 or later.")
    )
    yield from _role(*rights)
    yield from _locale(encoding, collation)
    yield from _durability(fsync, full_page, synchronous)
    yield from _room(int(connections_allowed))
    yield from clock(float(now), time.time())


_ASKED = """
    SELECT current_setting('server_version'), current_setting('server_version_num')::int,
        (SELECT ARRAY[rolsuper, rolinherit, rolcreaterole, rolbypassrls] FROM pg_roles WHERE rolname = current_user),
        pg_encoding_to_char(encoding), datcollate, current_setting('fsync'), current_setting('full_page_writes'),
        current_setting('synchronous_commit'),
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        extract(epoch FROM clock_timestamp())
    FROM pg_database WHERE datname = current_database()
"""


def _role(superuser: bool, inherits: bool, creates_roles: bool, bypasses: bool) -> Iterator[Finding]:
    faults = []
    if superuser or bypasses:
        faults.append(fail("The role is a superuser or bypasses row security", "ALTER ROLE … NOSUPERUSER NOBYPASSRLS"))
    if inherits:
        faults.append(fail("The role inherits: it can read every tenant's data at any time", "ALTER ROLE … NOINHERIT"))
    if not creates_roles:
        faults.append(fail("The role cannot make tenants' roles", "ALTER ROLE … CREATEROLE"))
    yield from faults or [ok("The role has the rights it needs and no more")]


def _locale(encoding: str, collation: str) -> Iterator[Finding]:
    if encoding != "UTF8":
        yield fail(f"The database is in {encoding}", "Make it anew with ENCODING 'UTF8' and restore into it.")
    else:
        yield ok(f"{encoding}, {collation}")


def _durability(fsync: str, full_page_writes: str, synchronous_commit: str) -> Iterator[Finding]:
    if "off" in (fsync, full_page_writes):
        yield fail("fsync or full_page_writes is off: a power cut may break the database", "Set both on.")
    elif synchronous_commit == "off":
        yield warn("synchronous_commit is off: a crash may lose what was acknowledged", "Set it on.")
    else:
        yield ok("What is acknowledged survives a crash")


def _room(allowed: int) -> Iterator[Finding]:
    processes = max(1, Process.objects.count())
    wanted = processes * (_POOLS * settings.DATABASE_POOL_SIZE + _OWN)
    if wanted > allowed:
        yield fail(
            f"{processes} processes may want {wanted} connections, and the server has {allowed}",
            "Raise max_connections, or lower DATABASE_POOL_SIZE.",
        )
    else:
        yield ok(f"{processes} processes want at most {wanted} of {allowed} connections")


def clock(theirs: float, ours: float) -> Iterator[Finding]:
    """Unix times, of a server and of this machine."""
    apart = abs(theirs - ours)
    if apart > _MOST_SECONDS_APART:
        yield fail(f"Its clock is {apart:.0f} s from this machine's", "Run an NTP client on both.")
    else:
        yield ok("Its clock is this machine's")
