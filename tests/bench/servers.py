"""PostgreSQL and Valkey for a run: durable, so that a commit is on the disk when it is answered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from embedded.throwaway import throwaway
from tests.bench.process import ROOT


@contextmanager
def servers() -> Iterator[None]:
    """Running, with Django set up on a migrated database of Parley's, and one beside it for the baseline."""
    with throwaway(durable=True) as pair:
        url = pair.env["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE baseline")
        baseline = url.replace("/parley?", "/baseline?", 1)
        assert baseline != url, "the throw-away URL names the database parley"
        with psycopg.connect(baseline, autocommit=True) as connection:
            connection.execute("GRANT ALL ON SCHEMA public TO CURRENT_USER")
        os.environ.update(pair.env)
        os.environ.update(
            BASELINE_DATABASE_URL=baseline,
            PARLEY_ENV=os.devnull,
            DJANGO_SETTINGS_MODULE="config.settings",
            DEBUG="false",
            SECURE="false",
            LOG_FORMAT="json",
            PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        )
        _set_up_parley()
        yield


def _set_up_parley() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
