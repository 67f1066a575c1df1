"""Which processes a run has started, on disk, so that the next one can find what a kill -9 left behind."""

import json
from pathlib import Path

import psutil

CLOCK_STEP = 2.0  # seconds that a process's time of creation may seem to move when the clock is set


class Record:
    """Name, pid and time of creation of each process; a pid alone may by now be somebody else's."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def add(self, name: str, process: psutil.Process) -> None:
        self._write({**self._read(), name: (process.pid, process.create_time())})

    def remove(self, name: str) -> None:
        entries = self._read()
        if entries.pop(name, None):
            self._write(entries)

    def still_alive(self) -> dict[str, psutil.Process]:
        """Those on record that are running, and are still what they were."""
        alive = {}
        for name, (pid, created) in self._read().items():
            try:
                process = psutil.Process(pid)
                if abs(process.create_time() - created) <= CLOCK_STEP:
                    alive[name] = process
            except psutil.Error:
                continue
        return alive

    def clear(self) -> None:
        self.file.unlink(missing_ok=True)

    def _read(self) -> dict[str, tuple[int, float]]:
        try:
            entries = json.loads(self.file.read_text())
            return {str(name): (int(pid), float(created)) for name, (pid, created) in entries.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):  # torn by a power cut, which ended them all
            return {}

    def _write(self, entries: dict[str, tuple[int, float]]) -> None:
        unfinished = self.file.with_suffix(".new")
        unfinished.write_text(json.dumps(entries))
        unfinished.replace(self.file)
