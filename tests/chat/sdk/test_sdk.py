"""The JavaScript client, tested by its own language: ``node --test`` on the files beside this one."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OLDEST_NODE = (20, 12)  # the first with the mock timers that these tests use


def test_the_client_keeps_its_promises():
    node = _node()
    run = subprocess.run(
        [node, "--test", *sorted(map(str, HERE.glob("*.test.mjs")))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(re.search(r"^(?:#|ℹ) pass (\d+)$", run.stdout, re.MULTILINE)[1]) > 0


def _node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed; the browser tests drive the same client")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST_NODE:
        pytest.skip(f"Node {version.strip()} is older than {'.'.join(map(str, OLDEST_NODE))}")
    return node
