"""A TypeScript client, generated from the API's own description, serves a customer's backend."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from tests.clients.conftest import Recipe
from tests.clients.walks import HERE, check_walk, run, with_mistakes
from tests.support.cast import Tenancy
from tests.support.node import ON_LOOPBACK
from tests.support.npm import PACKAGES, node_modules
from tests.support.server import LiveServer

PROGRAM = (HERE / "walk.ts").read_text()
MISTAKES = {
    "'clientid' does not exist in type": ('client_id: "c1"', 'clientid: "c1"'),
    """'"secret"' is not assignable to type '"open" |""": ('kind: "private"', 'kind: "secret"'),
    "Property 'members' does not exist on type": ("seen.member_count", "seen.members"),
}


@pytest.fixture(scope="module")
def project(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the generated types and the program, compiled."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(node_modules())
    for path in (*PACKAGES, HERE / "tsconfig.json", HERE / "walk.ts"):
        shutil.copy(path, folder)
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
