"""``manage.py doctor``: everything that has to be right for Parley to run, looked at once. A file for each area."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError

from console.doctor import (
    backups,
    certificates,
    domains,
    jobs,
    mail,
    media,
    migrations,
    postgres,
    processes,
    redis_server,
    schemas,
    settings,
    stripe,
)
from console.doctor.finding import Finding, fail

AREAS = {
    "settings": settings.check,
    "postgres": postgres.check,
    "redis": redis_server.check,
    "migrations": migrations.check,
    "schemas": schemas.check,
    "processes": processes.check,
    "jobs": jobs.check,
    "domains": domains.check,
    "certificates": certificates.check,
    "media": media.check,
    "backups": backups.check,
    "mail": mail.check,
    "stripe": stripe.check,
}


def examine() -> Iterator[tuple[str, Finding]]:
    """What there is to say of each area, in order. An area that PostgreSQL keeps from being looked at fails."""
    for area, check in AREAS.items():
        try:
            for finding in check():
                yield area, finding
        except DatabaseError as error:
            yield area, fail(f"PostgreSQL does not say: {type(error).__name__}", "Start it, or see DATABASE_URL.")
