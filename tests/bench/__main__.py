"""``python -m tests.bench``: the benchmarks, on throw-away servers of their own."""

from __future__ import annotations

import argparse
import dataclasses
import os
import tempfile
from pathlib import Path

from tests.bench import cores
from tests.bench.machine import facts
from tests.bench.pace import QUICK, Pace
from tests.bench.servers import servers

NAMES = (
    *("fanout", "accepting", "history", "connecting", "neighbour", "reader", "page", "provisioning", "size"),
    *("consoles", "portability", "purge", "fleet"),
)


def main() -> None:
    options = _options()
    pace = QUICK if options.quick else Pace()
    if options.repetitions:
        pace = dataclasses.replace(pace, repetitions=options.repetitions)
    machine = facts()
    cores.raise_file_limit()
    with servers(), tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        from tests.bench.programme import run_all, systems_here  # they need Django set up

        cores.pin(os.getpid(), cores.CLIENT_CORE)
        run_all(options.names or NAMES, systems_here(options.systems), pace, Path(folder), machine)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(NAMES)}; all of them unless named")
    parser.add_argument("--repetitions", type=int, help="of each measurement, whose median counts (3, or 1 if quick)")
    parser.add_argument("--quick", action="store_true", help="short steps and small counts, to see that it works")
    parser.add_argument("--systems", nargs="+", help="only these: tutorial, parley-daphne, parley-uvicorn, socket.io")
    options = parser.parse_args()
    for name in options.names:
        if name not in NAMES:
            parser.error(f"there is no benchmark {name!r}")
    return options


if __name__ == "__main__":
    main()
