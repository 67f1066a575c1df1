"""Node, where this machine has one that is new enough."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

OLDEST = (20, 12)  # the first with the mock timers that the client's tests use

# A tenant's host need not resolve here.
ON_LOOPBACK = """data:text/javascript,
import dns from "node:dns";
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup("127.0.0.1", ...rest);
"""


def node() -> str:
    """The program's path. Skips the test where there is none."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed; the browser tests drive the same client")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST:
        pytest.skip(f"Node {version.strip()} is older than {'.'.join(map(str, OLDEST))}")
    return found
