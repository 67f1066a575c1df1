"""The npm packages with which tests compile, pack and measure JavaScript: those of the lock file beside this one."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.support.node import node
from tests.support.plugin import ROOT

PACKAGES = [Path(__file__).parent / name for name in ("package.json", "package-lock.json")]
OUT_OF_REACH = re.compile(
    r"\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT"
    r"|E401|E403|E404|E50\d)\b"
)


def node_modules() -> Path:
    """As the lock file has them, kept for the next run. Without Node, or out of npm's reach, the test is skipped."""
    npm = _npm()
    locked = hashlib.sha256(PACKAGES[1].read_bytes()).hexdigest()[:12]
    home = ROOT / "var" / "npm" / locked
    if not home.is_dir():
        _install(npm, home)
    return home / "node_modules"


def _npm() -> str:
    node()
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    return npm


def _install(npm: str, home: Path) -> None:
    """In a folder of its own until it is whole: another worker may be at it, too."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        new = Path(folder) / "new"
        new.mkdir()
        for path in PACKAGES:
            shutil.copy(path, new)
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
        done = subprocess.run(command, cwd=new, capture_output=True, text=True, timeout=100)
        if done.returncode and (why := OUT_OF_REACH.search(done.stderr)):
            pytest.skip(f"npm's packages cannot be had ({why[0]})")
        assert done.returncode == 0, done.stderr
        with contextlib.suppress(OSError):  # the other was faster
            new.rename(home)
