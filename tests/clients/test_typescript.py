"""A TypeScript client, generated from the API's own description, serves a customer's backend."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.clients.conftest import Recipe
from tests.clients.walks import HERE, check_walk, run, with_mistakes
from tests.support.cast import Tenancy
from tests.support.plugin import ROOT
from tests.support.server import LiveServer

PROGRAM = (HERE / "walk.ts").read_text()
# The tenant's host need not resolve here.
ON_LOOPBACK = """data:text/javascript,
import dns from "node:dns";
dns.lookup = (name, options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);
"""
PACKAGES = ("package.json", "package-lock.json")
OLDEST_NODE = 20
OUT_OF_REACH = re.compile(
    r"\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT"
    r"|E401|E403|E404|E50\d)\b"
)
MISTAKES = {
    "'clientid' does not exist in type": ('client_id: "c1"', 'clientid: "c1"'),
    """'"secret"' is not assignable to type '"open" |""": ('kind: "private"', 'kind: "secret"'),
    "Property 'members' does not exist on type": ("seen.member_count", "seen.members"),
}


@pytest.fixture(scope="module")
def project(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the generated types and the program, compiled."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(_installed(_npm()))
    for name in (*PACKAGES, "tsconfig.json", "walk.ts"):
        shutil.copy(HERE / name, folder)
    recipe.put_description(folder)
    made = run(recipe.typescript, folder)
    assert made.returncode == 0, made.stdout + made.stderr
    (folder / "wrong.ts").write_text(with_mistakes(PROGRAM, MISTAKES))
    return folder


def test_a_backend_in_typescript_goes_the_whole_way(project: Path, live: LiveServer, acme: Tenancy) -> None:
    assert not [line for line in _complaints(project) if not line.startswith("wrong.ts")]
    check_walk(["node", "--import", ON_LOOPBACK, "walk.js"], project, live, acme)


def test_wrong_words_in_typescript_are_found_before_they_run(project: Path) -> None:
    found = _complaints(project)
    assert len(found) == len(MISTAKES), found
    assert all(any(complaint in line for line in found) for complaint in MISTAKES), found


@cache
def _complaints(project: Path) -> list[str]:
    """The compiler's, about the program and the one with mistakes: once, for it takes seconds."""
    done = run(["node_modules/.bin/tsc", "--pretty", "false"], project)
    assert (project / "walk.js").is_file(), done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith(" ")]  # without explanations


def _npm() -> str:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("Node and npm are not installed: the TypeScript client is not generated")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node {version} is older than {OLDEST_NODE}: the TypeScript client is not generated")
    return npm


def _installed(npm: str) -> Path:
    """``node_modules`` as the lock file has them, kept for the next run."""
    locked = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    home = ROOT / "var" / "clients" / locked
    if not home.is_dir():
        _install(npm, home)
    return home / "node_modules"


def _install(npm: str, home: Path) -> None:
    """In a folder of its own until it is whole: another worker may be at it, too."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        new = Path(folder) / "new"
        new.mkdir()
        for name in PACKAGES:
            shutil.copy(HERE / name, new)
        done = run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"], new)
        if done.returncode and (why := OUT_OF_REACH.search(done.stderr)):
            pytest.skip(f"npm's packages cannot be had ({why[0]}): the TypeScript client is not generated")
        assert done.returncode == 0, done.stderr
        with contextlib.suppress(OSError):  # the other was faster
            new.rename(home)
