"""``python -m tests.prove [part …]``: the long versions of the tests, and the page of their figures."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.machine import facts
from tests.prove.page import PAGE, enter, read_report
from tests.prove.parts import PARTS, Part

_PROPERTIES = ("-o", "junit_family=xunit1")  # the format that has figures
_NAMES = [part.name for part in PARTS]


def main() -> int:
    options = _options()
    failed = [part.name for part in PARTS if part.name in (options.parts or _NAMES) and _prove(part, options)]
    print(f"{PAGE}: {'all held' if not failed else 'broken: ' + ', '.join(failed)}")
    return bool(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"which: {', '.join(_NAMES)}; all of them unless named"
    )
    parser.add_argument("--minutes", default="", help="how long parts that run for a time do so")
    parser.add_argument("--size", default="", help="times what parts that count do by themselves: 0.1 for a tenth")
    options = parser.parse_args()
    for name in options.parts:
        if name not in _NAMES:
            parser.error(f"there is no part {name!r}")
    return options


def _prove(part: Part, options: argparse.Namespace) -> int:
    """pytest's exit code."""
    machine, begun = facts(), time.monotonic()
    drawn = {"PARLEY_PROVE": "1", "PARLEY_PROVE_MINUTES": options.minutes, "PARLEY_PROVE_SIZE": options.size}
    with tempfile.TemporaryDirectory(prefix="parley-prove-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *part.tests, "-s", f"--junitxml={report}", *_PROPERTIES]
        code = subprocess.run(command, env={**os.environ, **drawn}, check=False).returncode
        enter(part, read_report(report), time.monotonic() - begun, machine)
    return code


if __name__ == "__main__":
    sys.exit(main())
