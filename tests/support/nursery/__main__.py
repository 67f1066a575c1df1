"""The process that others are forks of. It reads from its standard input, a socket, what they are to do, and says of
each on a pipe which process it is and, later, with which code it ended.

What would not be there in a fork may not be loaded before it: threads, those of libraries too. Nor what belongs to one
process alone, such as Twisted's reactor and ``config.asgi``.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from multiprocessing.connection import wait
from typing import NamedTuple

import django
from django.conf import settings

_LIBRARIES = (
    "PIL.Image",
    "cryptography.fernet",
    "daphne.ws_protocol",
    "django.contrib.admin",
    "django.db.backends.postgresql.base",
    "dns.resolver",
    "fido2.server",
    "httpx",
    "jwt",
    "markdown_it",
    "procrastinate.contrib.django.utils",
    "psycopg_pool",
    "pydantic",
    "stripe",
    "structlog",
    "uvicorn",
    "websockets.server",
)
_PARLEY = (
    "config.urls_public",
    "config.urls_tenant",
    "channels.routing",
    "django.core.asgi",
    "chat.commands.presence",
    "chat.delivery.process",
    "chat.socket.consumer",
    "servers.uvicorn",
    "tenants.changes",
    "tenants.middleware",
    "tenants.processes",
    "watching.process",
)
_LONGEST = 100_000  # bytes of an order


class _Order(NamedTuple):
    arguments: list[str]
    env: dict[str, str]
    tells: int
    descriptors: list[int]


def _main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the servers' business, and the tests'
    orders = socket.socket(fileno=os.dup(0))
    _load(_LIBRARIES)
    assert not settings.configured, "what was imported has read settings, before it is known whose"
    while order := _nurse(orders):  # in each fork
        os.environ.clear()
        os.environ.update(order.env)
        if order.arguments:
            return _grow_up(order)
        orders = socket.socket(fileno=order.descriptors[0])
        sys.argv = ["manage.py", "serve"]  # which settings look at
        django.setup()
        _load(_PARLEY)
    return None


def _load(modules: Sequence[str]) -> None:
    gc.disable()
    for module in modules:
        importlib.import_module(module)
    assert "twisted.internet.reactor" not in sys.modules
    assert len(os.listdir("/proc/self/task")) == 1, "what was imported has started a thread, which no fork would have"
    gc.collect()
    gc.freeze()
    gc.enable()


def _nurse(orders: socket.socket) -> _Order | None:
    """Returns in each fork, with what it is to do, and when there is no more to do."""
    alive: dict[int, tuple[int, int]] = {}
    """Its pid and whom to tell, by the descriptor that knows of its end."""
    waiting: list[socket.socket | int] = [orders]
    while waiting:
        for each in wait(waiting):
            if isinstance(each, int):
                waiting.remove(each)
                _bury(each, *alive.pop(each))
            elif order := _next(orders):
                pid = os.fork()
                if not pid:
                    orders.close()
                    for inherited in (order.tells, *alive, *(tells for _, tells in alive.values())):
                        os.close(inherited)
                    return order
                for given in order.descriptors:
                    os.close(given)
                os.write(order.tells, b"%d\n" % pid)
                end = os.pidfd_open(pid)
                alive[end] = pid, order.tells
                waiting.append(end)
            else:
                waiting.remove(orders)
    return None


def _next(orders: socket.socket) -> _Order | None:
    order, descriptors, _, _ = socket.recv_fds(orders, _LONGEST, 4)
    return _Order(*json.loads(order), descriptors[0], descriptors[1:]) if order else None


def _bury(end: int, pid: int, tells: int) -> None:
    """Tell how it ended."""
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(tells, b"%d\n" % os.waitstatus_to_exitcode(status))
    os.close(tells)
    os.close(end)


def _grow_up(order: _Order) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, given in enumerate(order.descriptors):
        os.dup2(given, number)
        os.close(given)
    if settings.configured:
        settings.PORT = int(order.env["PORT"])
    sys.orig_argv = [sys.executable, *order.arguments]  # which a server's workers repeat
    option, *rest = order.arguments
    if option == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = order.arguments
        runpy.run_path(option, run_name="__main__")


if __name__ == "__main__":
    _main()
