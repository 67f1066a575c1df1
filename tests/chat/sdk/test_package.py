"""The package as it would be published: what is in it, its types, its weight, and a program that is built on it."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import tarfile
import time
from functools import cache
from pathlib import Path

import pytest

from kit.errors import TABLE
from tests.clients.walks import run, with_mistakes
from tests.support.cast import Tenancy
from tests.support.node import ON_LOOPBACK
from tests.support.npm import node_modules
from tests.support.plugin import ROOT
from tests.support.server import LiveServer
from tests.support.tokens import signed

SDK = ROOT / "chat" / "sdk"
PROGRAM = (Path(__file__).parent / "customer.ts").read_text()
MOST_BYTES = 12 * 1024
OUR_OWN_CODES = {"aborted", "connection_lost", "timeout", "token_unavailable", "unreachable"}
COMPILE = [
    *("node_modules/.bin/tsc", "--pretty", "false", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"),
    *("--module", "nodenext", "--lib", "es2022,dom,dom.iterable", "--types", "node", "customer.ts", "wrong.ts"),
]
MISTAKES = {
    "'tokenprovider' does not exist in type": ("{ url, tokenProvider }", "{ url, tokenprovider: tokenProvider }"),
    "Property 'reacts' does not exist on type 'Room'": ("room.react(", "room.reacts("),
    "'attachment' does not exist in type": ("attachments: [", "attachment: ["),
    """'"room_gone"' have no overlap""": ('"room_not_found"', '"room_gone"'),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A customer's folder with the package in it, as it comes out of ``npm pack``, which makes its types."""
    modules = node_modules()
    source, folder = tmp_path_factory.mktemp("sdk"), tmp_path_factory.mktemp("project")
    shutil.copytree(SDK, source, dirs_exist_ok=True)
    (source / "node_modules").symlink_to(modules)
    packed = run(["npm", "pack", "--pack-destination", str(folder)], source)
    assert packed.returncode == 0, packed.stdout + packed.stderr
    _install(folder, modules)
    (folder / "customer.ts").write_text(PROGRAM)
    (folder / "wrong.ts").write_text(with_mistakes(PROGRAM, MISTAKES))
    return folder


def _install(folder: Path, modules: Path) -> None:
    """As npm would, without asking a registry."""
    installed = folder / "node_modules"
    installed.mkdir()
    for name in (".bin", "@types", "undici-types"):
        (installed / name).symlink_to(modules / name)
    [packed] = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(installed, filter="data")
    (installed / "package").rename(installed / "parley-chat")
    (folder / "package.json").write_text('{"type": "module"}')


def test_the_package_holds_every_module_its_types_and_nothing_else(project: Path) -> None:
    package = project / "node_modules" / "parley-chat"
    held = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    modules = {path.name for path in SDK.glob("*.js")}
    assert held == {"package.json"} | modules | {f"types/{name.removesuffix('.js')}.d.ts" for name in modules}


def test_its_types_are_whole_and_a_program_on_them_compiles(project: Path) -> None:
    assert not [line for line in _complaints(project) if not line.startswith("wrong.ts")]


def test_wrong_words_are_found_before_they_run(project: Path) -> None:
    found = _complaints(project)
    assert len(found) == len(MISTAKES), found
    assert all(any(complaint in line for line in found) for complaint in MISTAKES), found


def test_a_program_on_it_goes_the_whole_way_in_node(project: Path, live: LiveServer, acme: Tenancy) -> None:
    _complaints(project)
    now = int(time.time())
    tokens = [signed(acme, "ann", iat=now - 25, exp=now + 5), acme.token("ann")]  # renewed 3 s before its end
    command = ["node", "--experimental-websocket", "--import", ON_LOOPBACK, "customer.js"]
    walked = run([*command, f"http://{acme.host}:{live.port}", *tokens], project)
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert json.loads(walked.stdout) == {
        "me": "ann",
        "states": ["connecting", "open"],
        "heard": ["the needle", "on the second token"],
        "asked": 2,
        "progress": [1],
        "history": [
            {"text": "the needle", "files": [7], "reactions": ["👍"]},
            {"text": "on the second token", "files": [], "reactions": []},
        ],
        "found": [["needle"]],
        "refusal": {"absent": True, "status": 404, "retryable": False},
    }


def test_it_weighs_at_most_12_kib(tmp_path: Path) -> None:
    esbuild = node_modules() / ".bin" / "esbuild"
    made = run([str(esbuild), "client.js", "--bundle", "--minify", "--format=esm", f"--outfile={tmp_path}/sdk.js"], SDK)
    assert made.returncode == 0, made.stderr
    weight = len(gzip.compress((tmp_path / "sdk.js").read_bytes(), 9))
    assert weight <= MOST_BYTES, f"{weight:,} bytes"


def test_its_errors_have_the_servers_codes_and_its_own() -> None:
    [union] = re.findall(r"@typedef \{([^}]*?)\| `http_", (SDK / "errors.js").read_text())
    named = re.findall(r'"([a-z_]+)"', union)
    assert set(named) == set(TABLE) | OUR_OWN_CODES
    assert len(named) == len(set(named))


@cache
def _complaints(project: Path) -> list[str]:
    """The compiler's, about the program and the one with mistakes: once, for it takes seconds."""
    done = run(COMPILE, project)
    assert (project / "customer.js").is_file(), done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith(" ")]  # without explanations
