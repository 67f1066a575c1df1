"""Loaded before Django's settings: a throw-away PostgreSQL and Valkey for the run, a database for each worker.

Settings read the environment when they are imported, which pytest-django does early; so this happens on import.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "platform")) if path not in sys.path]

import psycopg  # noqa: E402

from embedded.throwaway import throwaway  # noqa: E402

_IS_XDIST_CONTROLLER = any(argument.startswith(("-n", "--numprocesses", "--dist")) for argument in sys.argv)
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def _start_servers() -> None:
    pair = throwaway()
    servers = pair.__enter__()
    atexit.register(pair.__exit__, None, None, None)
    os.environ.update(servers.env)
    os.environ.update(
        PARLEY_ENV=os.devnull,
        PARLEY_TEST_SERVERS=str(servers.folder),
        DJANGO_SETTINGS_MODULE="tests.support.settings",
        DATABASE_POOL_SIZE="8",
        DEBUG="false",
        SECURE="false",
        LOG_FORMAT="json",
        OUTBOUND_ALLOW="127.0.0.1",
        PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
    )


def _own_place() -> None:
    """A database and a folder for files, for this worker alone."""
    shared = os.environ.setdefault("PARLEY_TEST_DATABASE_URL", os.environ["DATABASE_URL"])
    name = f"test_{_WORKER}"
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    own = shared.replace("/parley?", f"/{name}?", 1)
    assert own != shared, "the throw-away URL names the database parley"
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT ALL ON SCHEMA public TO CURRENT_USER")
    os.environ["DATABASE_URL"] = own
    os.environ["MEDIA_URL"] = (Path(os.environ["PARLEY_TEST_SERVERS"]) / "media" / _WORKER).as_uri()


def pytest_collection_finish() -> None:
    """What is loaded and collected by now stays, and is not looked at again for rubbish."""
    gc.collect()
    gc.freeze()
    gc.enable()


if "PARLEY_TEST_SERVERS" not in os.environ:
    _start_servers()
if _WORKER != "main" or not _IS_XDIST_CONTROLLER:
    gc.disable()  # until all is collected
    _own_place()
