"""One tenant as it was at a moment, while it and its neighbours live.

What it was comes out of a scratch server into a schema beside its own, is compared room by room, and takes its place in
one transaction. What it was until then stays under another name until that is confirmed, or taken back.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone
from psycopg import sql

from chat.commands import erasing
from chat.files.storage import discard
from chat.portability.returning import erased_since, settle_return
from console.backups.files import put_back
from console.backups.programs import BackupError, run
from console.backups.scratch import Scratch, scratch_server, until
from console.backups.store import Store
from console.backups.taking import Say, connected_to_server, flush_wal, heads_of
from tenants.audit import record
from tenants.connections import connection_parameters
from tenants.fleet import turn
from tenants.lifecycle import get_tenant
from tenants.models import Tenant
from tenants.portability.contents import RoomHead, contents
from tenants.routers import SHARED
from tenants.schemas import schema_before, schema_beside
from tenants.scope import tenant_scope


@dataclass(frozen=True)
class Returned:
    rooms: int
    messages: int
    files: int
    missing: int
    erased_again: int


def restore_tenant(store: Store, slug: str, moment: datetime, say: Say) -> Returned:
    """Raises BackupError, ParleyError ``tenant_not_found``. Until the last transaction nobody notices anything."""
    tenant = get_tenant(slug)
    if _exists(schema_before(tenant.schema_name)):
        raise BackupError(f"{slug} was restored already: `restore confirm {slug}` or `restore undo {slug}` first.")
    if moment > timezone.now():
        raise BackupError("That moment lies ahead.")
    backup = store.newest(moment)
    with connected_to_server() as server:
        flush_wal(store, server)
    say("sums")
    backup.check()
    store.check_wal(backup)
    with turn(tenant.schema_name):
        say("a scratch server")
        with scratch_server(store, backup, until(moment)) as scratch, _schema_beside(tenant) as beside:
            _bring_along(scratch, tenant)
            say("its tables")
            heads = _bring(scratch, tenant, beside)
            say("its files")
            came, missing = _bring_files(store, tenant, beside)
            erased = _switch(tenant, beside, moment)
    _erase_again(tenant, erased)
    return Returned(len(heads), sum(head.messages for head in heads), came, missing, len(erased))


def confirm(slug: str) -> None:
    """What it was before goes. Raises BackupError, ParleyError ``tenant_not_found``."""
    tenant = _restored(slug)
    current, before = ({*_paths(tenant, name)} for name in (tenant.schema_name, schema_before(tenant.schema_name)))
    discard(tenant.schema_name, before - current)
    with transaction.atomic(SHARED), _as_tenant(tenant) as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema_before(tenant.schema_name))))
        cursor.execute("RESET ROLE")
        record(tenant, "tenant.restore_confirmed", f"tenant:{slug}")


def undo(slug: str) -> None:
    """What it was before comes back, in the place of what was restored and of what was said since; these are kept
    then. Raises BackupError, ParleyError ``tenant_not_found``."""
    tenant = _restored(slug)
    with turn(tenant.schema_name):
        _erase_again(tenant, _switch(tenant, schema_before(tenant.schema_name), None))


def _erase_again(tenant: Tenant, people: list[tuple[str, bool]]) -> None:
    with tenant_scope(tenant):
        for user_id, removes in people:
            async_to_sync(erasing.begin)(user_id, removes_messages=removes)


def _restored(slug: str) -> Tenant:
    tenant = get_tenant(slug)
    if not _exists(schema_before(tenant.schema_name)):
        raise BackupError(f"{slug} was not restored, or it was confirmed.")
    return tenant


def _bring_along(scratch: Scratch, tenant: Tenant) -> None:
    """To today's migrations, where nobody is."""
    with scratch.connect() as connection:
        found = connection.execute("SELECT slug FROM tenants_tenant WHERE schema_name = %s", [tenant.schema_name])
        row = found.fetchone()
    if row is None:
        raise BackupError(f"At that moment there was no {tenant.slug}.")
    for command in (("migrate", "--verbosity", "0"), ("tenant", "migrate", str(row[0]))):
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": scratch.url, "DATABASE_POOL_SIZE": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BackupError(f"What was restored cannot be brought along: {done.stderr.strip()[-500:]}")


def _bring(scratch: Scratch, tenant: Tenant, beside: str) -> list[RoomHead]:
    major, dump = scratch.backup.manifest["postgres"], scratch.folder.with_name("tenant.dump")
    with scratch.connect() as connection:
        before = list(heads_of(connection, tenant.schema_name))
        rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(tenant.schema_name), sql.Identifier(beside)))
    run("pg_dump", major, "--format=custom", "--schema", beside, "--file", dump, server=scratch.parameters)
    live = connection_parameters()
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--no-password")
    role, database = ("--role", tenant.schema_name), ("--dbname", str(live["dbname"]))
    run("pg_restore", major, *options, *role, "--schema", beside, *database, dump, server=live)
    with closing(psycopg.connect(**live)) as connection:
        if list(heads_of(connection, beside, tenant.schema_name)) != before:
            raise BackupError("What arrived is not what was restored.")
    return before


@contextmanager
def _schema_beside(tenant: Tenant) -> Iterator[str]:
    """An empty one of the tenant's role; gone afterwards unless it has taken another name."""
    beside = sql.Identifier(schema_beside(tenant.schema_name))
    drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(beside)
    with transaction.atomic(SHARED), _as_tenant(tenant) as cursor:
        cursor.execute(drop)
        cursor.execute("RESET ROLE")
        cursor.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(beside, sql.Identifier(tenant.schema_name)))
    try:
        yield schema_beside(tenant.schema_name)
    finally:
        with transaction.atomic(SHARED), _as_tenant(tenant) as cursor:
            cursor.execute(drop)


def _bring_files(store: Store, tenant: Tenant, beside: str) -> tuple[int, int]:
    return put_back(store, store.newest(), tenant.schema_name, iter(_paths(tenant, beside)))


def _paths(tenant: Tenant, schema: str) -> list[str]:
    with transaction.atomic(SHARED), _as_tenant(tenant) as cursor:
        cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        paths = list(contents().paths(connections[SHARED].connection, masked=False))
        cursor.execute("RESET ROLE; SET LOCAL search_path = public")
    return paths


def _switch(tenant: Tenant, incoming: str, moment: datetime | None) -> list[tuple[str, bool]]:
    """``incoming`` becomes the tenant's schema, and that the one from before. Whoever writes meanwhile waits for it.
    Returns who was erased since, and is here again."""
    current, before = tenant.schema_name, schema_before(tenant.schema_name)
    aside = schema_beside(current) if incoming == before else before
    with transaction.atomic(SHARED), _as_tenant(tenant) as cursor:
        cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(current, "chat_room")))
        settle_return(cursor, incoming, current)
        erased = erased_since(cursor, tenant, incoming, current)
        _rename(cursor, tenant, (current, aside), (incoming, current), *([(aside, before)] if aside != before else []))
        Tenant.objects.filter(pk=tenant.pk).update(restored_at=timezone.now())
        after = {"moment": moment.isoformat()} if moment else None
        record(tenant, "tenant.restored" if moment else "tenant.restore_undone", f"tenant:{tenant.slug}", after=after)
        record(None, "tenant.restored" if moment else "tenant.restore_undone", f"tenant:{tenant.slug}", after=after)
    return erased


def _rename(cursor: Any, tenant: Tenant, *names: tuple[str, str]) -> None:
    """PostgreSQL asks for the schema's owner, and for the right to make schemas in the database: for a moment that
    nobody sees, the tenant's role has both. Back to the login role."""
    role, database = sql.Identifier(tenant.schema_name), sql.Identifier(str(connection_parameters()["dbname"]))
    cursor.execute(sql.SQL("RESET ROLE; GRANT CREATE ON DATABASE {} TO {}").format(database, role))
    cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
    for old, new in names:
        cursor.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))
    cursor.execute(sql.SQL("RESET ROLE; REVOKE CREATE ON DATABASE {} FROM {}").format(database, role))


@contextmanager
def _as_tenant(tenant: Tenant) -> Iterator[Any]:
    with connections[SHARED].cursor() as cursor:
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(tenant.schema_name)))
        yield cursor


def _exists(schema: str) -> bool:
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema])
        return bool(cursor.fetchone()[0])
