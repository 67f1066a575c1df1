import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from embedded.leftovers import servers_in
from embedded.throwaway import throwaway
from tests.platform.embedded.checkout import PLATFORM, wait_until

HOLD = """
import time
from embedded.throwaway import throwaway
with throwaway() as servers:
    print(servers.folder, flush=True)
    time.sleep(600)
"""


def hold() -> tuple[subprocess.Popen[str], Path, list[psutil.Process]]:
    """Somebody else holding a pair: the holder, its folder, and every process of it."""
    env = {**os.environ, "PYTHONPATH": str(PLATFORM)}
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True, env=env)
    assert holder.stdout
    folder = Path(holder.stdout.readline().strip())
    return holder, folder, psutil.Process(holder.pid).children(recursive=True)


def test_both_servers_answer_inside_and_nothing_is_left_outside() -> None:
    others = psutil.Process().children(recursive=True)
    with throwaway() as servers:
        with psycopg.connect(servers.env["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with redis.Redis.from_url(servers.env["REDIS_URL"]) as valkey:
            assert valkey.ping()
        processes = [*servers_in(servers.folder), *psutil.Process().children(recursive=True)]
    assert not servers.folder.exists()
    assert not [process for process in processes if process.is_running() and process not in others]


def test_an_exception_inside_leaves_nothing_either() -> None:
    class Trouble(Exception):
        pass

    with pytest.raises(Trouble), throwaway() as servers:
        raise Trouble
    assert not servers.folder.exists()


def test_two_pairs_do_not_meet() -> None:
    with throwaway() as one, throwaway() as two:
        assert one.folder != two.folder
        with (
            redis.Redis.from_url(one.env["REDIS_URL"]) as first,
            redis.Redis.from_url(two.env["REDIS_URL"]) as second,
        ):
            first.set("key", "value")
            assert second.get("key") is None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_leaves_neither_processes_nor_files(number: signal.Signals) -> None:
    holder, folder, processes = hold()
    assert len(processes) > 4
    holder.send_signal(number)
    holder.wait()
    wait_until(lambda: not folder.exists())
    wait_until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes))
