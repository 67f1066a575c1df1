import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded.errors import CannotRun
from embedded.leftovers import end_leftovers
from embedded.process import LOG_LIMIT, Child
from embedded.record import Record
from embedded.stop import StopAsked, StopRequest
from tests.platform.embedded.checkout import wait_until

DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
PARENT = """
import subprocess, time
subprocess.Popen(["sleep", "600"])
print("parent", flush=True)
time.sleep(600)
"""


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path / "processes.json")


@pytest.fixture
def child(tmp_path: Path, record: Record) -> Iterator[Child]:
    child = Child("service", tmp_path / "service.log", record)
    yield child
    child.kill()


def start(child: Child, code: str, feed: str = "") -> None:
    child.start([sys.executable, "-c", code], cwd=Path("/"), env=os.environ, feed=feed)


def start_until_heard(child: Child, code: str, word: str) -> None:
    start(child, code)
    child.wait_until(lambda: word in child.log.read_text(), 30)


def test_it_leads_a_session_apart_from_the_terminal(child: Child) -> None:
    start_until_heard(child, DEAF, "deaf")
    assert os.getsid(child.pid) == child.pid


def test_its_input_reaches_it(child: Child) -> None:
    start(child, "print(input() * 2)", feed="ding\n")
    child.finish()
    assert child.log.read_text() == "dingding\n"


def test_one_that_ends_while_it_is_waited_for_shows_its_last_words(child: Child) -> None:
    start(child, "print('so long'); raise SystemExit(4)")
    with pytest.raises(CannotRun, match=r"service ended with code 4.*\n  so long"):
        child.wait_until(lambda: False, 30)


def test_one_that_is_never_ready_is_given_up(child: Child) -> None:
    start_until_heard(child, DEAF, "deaf")
    with pytest.raises(CannotRun, match="service was not ready after 0 s"):
        child.wait_until(lambda: False, 0.1)


def test_one_that_ignores_the_signal_is_killed_after_its_time(child: Child) -> None:
    start_until_heard(child, DEAF, "deaf")
    process = psutil.Process(child.pid)
    child.stop((signal.SIGTERM, 0.2))
    assert not process.is_running()
    assert not child.alive


def test_its_children_end_with_it_even_if_it_died_before(child: Child) -> None:
    start_until_heard(child, PARENT, "parent")
    [grandchild] = psutil.Process(child.pid).children()
    psutil.Process(child.pid).kill()
    wait_until(lambda: not child.alive)
    child.stop((signal.SIGTERM, 1.0))
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_it_can_be_stopped_twice_and_started_again(child: Child) -> None:
    for _ in range(2):
        start_until_heard(child, DEAF, "deaf")
        child.kill()
        child.kill()
    assert not child.alive


def test_a_long_log_is_put_aside_at_the_next_start(child: Child) -> None:
    child.log.write_bytes(b"x" * (LOG_LIMIT + 1))
    start(child, "print('new')")
    child.finish()
    assert child.log.read_text() == "new\n"
    assert child.log.with_name("service.log.1").stat().st_size == LOG_LIMIT + 1


def test_it_is_on_record_while_it_lives(child: Child, record: Record) -> None:
    start_until_heard(child, DEAF, "deaf")
    assert {name: process.pid for name, process in record.still_alive().items()} == {"service": child.pid}
    child.kill()
    assert record.still_alive() == {}


def test_a_stop_asked_for_is_acted_on_while_waiting(tmp_path: Path, record: Record) -> None:
    stop = StopRequest()
    child = Child("service", tmp_path / "service.log", record, stop.sleep)
    start(child, DEAF)
    stop.note()
    with pytest.raises(StopAsked):
        child.wait_until(lambda: False, 30)
    child.kill()


def test_leftovers_are_ended_with_their_families(child: Child, record: Record) -> None:
    start_until_heard(child, PARENT, "parent")
    family = [psutil.Process(child.pid), *psutil.Process(child.pid).children()]
    end_leftovers(Record(record.file), [])
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert not record.file.exists()


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(record: Record) -> None:
    with subprocess.Popen(["sleep", "600"]) as stranger:
        process = psutil.Process(stranger.pid)
        record.file.write_text(f'{{"serve": [{stranger.pid}, {process.create_time() - 3600}]}}')
        end_leftovers(record, [])
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"serve": 1}', '{"serve": ["x", null]}', "null"])
def test_a_torn_record_counts_as_none(record: Record, torn: str) -> None:
    record.file.write_text(torn)
    end_leftovers(record, [])
    assert record.still_alive() == {}
