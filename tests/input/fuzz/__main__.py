"""``python -m tests.input.fuzz NAME SECONDS``: feed a target until it has had so many seconds of processor time, or
broke, and print what was seen as JSON. What broke it lies in var/fuzz/NAME, with what led there.

Needs atheris (deploy/requirements-fuzz.txt says where that runs).
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from math import ceil
from pathlib import Path

from tests.input.fuzz import NAMES

_SLOWEST = 1.0  # seconds for one answer
_HANGING = 60  # seconds on the wall, on a machine that has other things to do
_MOST_MEMORY = 1_024  # MiB
_VAR = Path("var") / "fuzz"


def main(name: str, seconds: float) -> int:
    if name not in NAMES:
        print(f"There is no {name!r}. There are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    told: dict[str, object] = {"target": name, "executions": 0, "coverage": 0, "slowest_seconds": 0.0, "crashes": 0}
    broken = False
    while not broken and (left := seconds - _used()) > 0:
        broken = _run(name, ceil(left), told)
    print(json.dumps({**told, "cpu_seconds": round(_used(), 1)}))
    return int(broken)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _run(name: str, seconds: int, told: dict[str, object]) -> bool:
    """Whether it broke, or was too slow, or could not begin."""
    folder = _VAR / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    slowest = folder / "slowest"
    slowest.write_text("0")
    command = [sys.executable, "-m", "tests.input.fuzz.feeding", name, str(slowest), str(corpus)]
    command += [f"-max_total_time={seconds}", f"-timeout={_HANGING}", f"-rss_limit_mb={_MOST_MEMORY}"]
    command += ["-print_final_stats=1", "-max_len=16384", f"-artifact_prefix={folder}/"]
    with (folder / "log").open("w+") as log:
        ended = subprocess.run(command, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": ".:platform"})
        log.seek(0)
        said = log.read()
    executions = re.findall(r"stat::number_of_executed_units: (\d+)|^#(\d+)\s", said, re.MULTILINE)
    told["executions"] = int(str(told["executions"])) + max([int(one or other) for one, other in executions], default=0)
    told["coverage"] = max([int(str(told["coverage"])), *map(int, re.findall(r"cov: (\d+)", said))])
    told["slowest_seconds"] = max(float(str(told["slowest_seconds"])), float(slowest.read_text()))
    broken = ended.returncode != 0
    told["crashes"] = int(str(told["crashes"])) + broken
    if broken:
        print(said[-4_000:], file=sys.stderr)
    return broken or float(slowest.read_text()) > _SLOWEST


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
