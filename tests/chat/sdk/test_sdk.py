"""The JavaScript client, tested by its own language: ``node --test`` on the files beside this one."""

import re
import subprocess
from pathlib import Path

from tests.support.node import node

HERE = Path(__file__).parent


def test_the_client_keeps_its_promises():
    run = subprocess.run(
        [node(), "--test", *sorted(map(str, HERE.glob("*.test.mjs")))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(re.search(r"^(?:#|ℹ) pass (\d+)$", run.stdout, re.MULTILINE)[1]) > 0
