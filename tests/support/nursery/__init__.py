"""Python processes that begin as forks of one that has imported the libraries: that takes 2 s of CPU, a fork none.

``python -m tests.support.nursery`` is the first. What is forked from it is given an environment and has it before any
setting is read. Servers with the same environment are forks of a fork, which has loaded all of Parley in it.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.support.nursery.child import Child

ROOT = Path(__file__).resolve().parents[3]
_EACH_ITS_OWN = {"PORT", "PYTEST_CURRENT_TEST"}
"""In what the environments of servers of one nursery may differ."""
_READ_AT_ONCE = ("LANG", "LC_", "LD_", "PYTHON")
"""Variables that count when a process is made, and not when it is forked."""
_AT_ONCE = 3
"""Environments whose servers' nursery stays: each takes memory."""


def python(
    *arguments: str,
    env: Mapping[str, str],
    stdin: int = subprocess.DEVNULL,
    stdout: int,
    stderr: int,
    serves: bool = False,
) -> Child | subprocess.Popen[bytes]:
    """``python *arguments``, a file or -m and a module, with just this environment. What is known to serve in it begins
    with all of Parley loaded. Where a fork cannot go on from what is loaded it is a process like any other."""
    if sys.platform != "linux" or _read_at_once(env) != _read_at_once(os.environ):
        command = [sys.executable, *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=dict(env), stdin=stdin, stdout=stdout, stderr=stderr)
    nursery = _nursery_of(env) if serves else _first()
    with open(os.devnull, "rb") as nothing:
        return nursery.fork(arguments, env, nothing.fileno() if stdin == subprocess.DEVNULL else stdin, stdout, stderr)


def _read_at_once(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_READ_AT_ONCE)}


@cache
def _first() -> _Nursery:
    ours, theirs = _ends()
    with theirs:
        command = [sys.executable, "-m", __name__]
        process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=subprocess.DEVNULL)
    atexit.register(_end, ours, process)
    return _Nursery(ours)


def _end(orders: socket.socket, process: subprocess.Popen[bytes]) -> None:
    for nursery in _nurseries.values():
        nursery.close()
    orders.close()
    process.wait()


def _nursery_of(env: Mapping[str, str]) -> _Nursery:
    """The one whose forks serve in this environment."""
    key = json.dumps({name: value for name, value in env.items() if name not in _EACH_ITS_OWN}, sort_keys=True)
    if key not in _nurseries:
        ours, theirs = _ends()
        with theirs:
            _first().fork((), env, theirs.fileno())
        _nurseries[key] = _Nursery(ours)
    _nurseries.move_to_end(key)
    if len(_nurseries) > _AT_ONCE:
        _nurseries.popitem(last=False)[1].close()
    return _nurseries[key]


def _ends() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class _Nursery:
    """Our end of one. It ends when that is closed and all its forks have ended."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders

    def fork(self, arguments: Sequence[str], env: Mapping[str, str], *descriptors: int) -> Child:
        """Without arguments it is to be a nursery, whose orders come on the one descriptor; else these are its input,
        output and errors."""
        told, tells = os.pipe()
        try:
            socket.send_fds(self._orders, [json.dumps([arguments, dict(env)]).encode()], [tells, *descriptors])
        finally:
            os.close(tells)
        return Child(os.fdopen(told, "rb"))

    def close(self) -> None:
        self._orders.close()


_nurseries: OrderedDict[str, _Nursery] = OrderedDict()
