"""What a killed run left behind is ended before anything new begins."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil

from embedded.process import family_of, kill, wait_gone
from embedded.progress import say
from embedded.record import Record

SERVERS = {"postgres", "initdb", "valkey-server"}
PATIENCE = 5.0  # seconds a leftover has to end in peace


def end_leftovers(record: Record, data_folders: list[Path]) -> None:
    """End the recorded processes with their families, then every server at work in one of the folders.

    The folders tell of servers that are not on record: their chief was killed, or the record was lost.
    """
    recorded = record.still_alive()
    families = {member for process in recorded.values() for member in family_of(process)}
    servers = {server for folder in data_folders for server in servers_in(folder)}
    left = families | servers
    if not left:
        record.clear()
        return
    say("Ending what an earlier run left behind: " + ", ".join(sorted(map(_describe, left))))
    _end(families - servers)
    _end(servers)
    record.clear()


def servers_in(folder: Path) -> Iterator[psutil.Process]:
    """Every server process that works in this folder; each of ours makes its data folder its own."""
    for process in psutil.process_iter(["name"]):
        if process.info["name"] in SERVERS:
            with contextlib.suppress(psutil.Error):
                if Path(process.cwd().removesuffix(" (deleted)")).is_relative_to(folder.resolve()):
                    yield process


def postmaster_pid(data: Path) -> int | None:
    """The process that the data folder's lock file names; it may be long dead."""
    try:
        return int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _end(processes: set[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.name() != "postgres":
                process.terminate()
            elif postmaster_pid(Path(process.cwd())) == process.pid:  # its backends follow it, dead or ending
                process.send_signal(signal.SIGINT)  # the fast shutdown: SIGTERM would wait for clients
    kill(wait_gone(processes, PATIENCE))


def _describe(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{process.name()} ({process.pid})"
    return f"process {process.pid}"
