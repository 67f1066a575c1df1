"""Whether a backup was taken lately, and whether PostgreSQL archives what has happened since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connections

from console.backups.programs import BackupError
from console.backups.store import Store
from console.doctor.finding import Finding, fail, ok, warn

_OLD = timedelta(hours=26)
"""A night's, and the time that it may take."""


def check() -> Iterator[Finding]:
    store = Store()
    if not store.backups:
        yield warn(f"{store.folder} holds no backup", "See deploy/BACKUP.md.")
        return
    yield from _newest(store)
    yield from _archiving()


def _newest(store: Store) -> Iterator[Finding]:
    try:
        age = datetime.now(UTC) - store.newest().ended_at
    except BackupError as error:
        yield fail(str(error), "Take another one: backup.")
        return
    hours = int(age.total_seconds() // 3600)
    if age > _OLD:
        yield fail(f"The newest backup is {hours} hours old", "See what the nightly backup said, or take one: backup.")
    else:
        yield ok(f"The newest backup is {hours} hours old")


def _archiving() -> Iterator[Finding]:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT last_failed_wal FROM pg_stat_archiver"
            " WHERE last_failed_time > coalesce(last_archived_time, '-infinity')"
        )
        failing = cursor.fetchone()
    if failing:
        yield fail(
            f"PostgreSQL cannot archive {failing[0]}",
            "See its log: the archive's owner, its room, and archive_command.",
        )
    else:
        yield ok("What happens is archived")
