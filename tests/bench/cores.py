"""Cores: the server on one, the load generator on another; the databases may use any."""

from __future__ import annotations

import os
import resource

SERVER_CORE, CLIENT_CORE = 0, 1


def can_pin() -> bool:
    """Linux, with both cores at our disposal."""
    return hasattr(os, "sched_setaffinity") and {SERVER_CORE, CLIENT_CORE} <= os.sched_getaffinity(0)


_can_pin = can_pin()  # asked before we pin ourselves


def pin(pid: int, core: int) -> None:
    """Keep a process, and the threads that it will start, on one core. Does nothing where that cannot be done."""
    if _can_pin:
        os.sched_setaffinity(pid, {core})


def unpin(pid: int) -> None:
    """Let it and what it will start use both cores again: a browser is many processes."""
    if _can_pin:
        os.sched_setaffinity(pid, {SERVER_CORE, CLIENT_CORE})


def raise_file_limit() -> int:
    """As many open files as we may have, for us and the servers we start; the new limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
