"""`python -m embedded.watchdog FOLDER`: wait until our starter is gone, then leave nothing of its servers."""

import shutil
import sys
from pathlib import Path

from embedded.leftovers import end_leftovers
from embedded.record import Record


def watch(folder: Path) -> None:
    sys.stdin.buffer.read()  # returns when the last holder of the other end has ended, however it did
    if folder.exists():
        end_leftovers(Record(folder / "processes.json"), [folder])
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
