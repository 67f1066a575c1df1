"""What begins as a fork is, to all who look, a process that was begun by itself."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.support.manage import python
from tests.support.server import LiveServer

TELLING = """
import json, os, signal, sys, threading
from django.conf import settings
print(json.dumps({
    "argv": sys.argv,
    "orig_argv": sys.orig_argv[1:],
    "setting": settings.BASE_DOMAIN,
    "variables": sorted(os.environ),
    "descriptors": sorted(each for each in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{each}")),
    "signals": [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
    "blocked": [int(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
    "threads": threading.active_count(),
    "read": sys.stdin.read(),
}))
sys.stderr.write("the end")
sys.exit(3)
"""


def test_it_has_its_own_environment_arguments_streams_signals_and_code(tmp_path: Path) -> None:
    program = tmp_path / "telling.py"
    program.write_text(TELLING)
    # LD_* counts from the beginning, so the one of these that has such a variable is no fork.
    forked, begun = (
        python(str(program), "one", typed="typed", BASE_DOMAIN="fork.test", SIGN_UP=None, **more)
        for more in ({}, {"LD_NOTHING": "1"})
    )
    assert (forked.code, forked.err) == (begun.code, begun.err) == (3, "the end")
    told, expected = json.loads(forked.out), json.loads(begun.out)
    expected["variables"].remove("LD_NOTHING")
    assert told == expected
    assert told["setting"] == "fork.test"


def test_a_server_ends_as_it_is_told_to(serve: Callable[..., LiveServer]) -> None:
    first, second = serve(), serve()
    assert psutil.Process(first.pid).parent() == psutil.Process(second.pid).parent() != psutil.Process()
    assert first.stop() == 0
    os.kill(second.pid, signal.SIGKILL)
    assert second.wait() == -signal.SIGKILL
