"""A Python client, generated from the API's own description, serves a customer's backend."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.clients.conftest import Recipe
from tests.clients.walks import HERE, check_walk, run, with_mistakes
from tests.support.cast import Tenancy
from tests.support.server import LiveServer

PROGRAM = (HERE / "walk.py").read_text()
TOOLS = Path(sys.executable).parent
# The tenant's host need not resolve here.
ON_LOOPBACK = """
import runpy, socket
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *about, **more: resolve("127.0.0.1", *about, **more)
runpy.run_path("walk.py")
"""
MYPY = """
[mypy]
strict = true

# The generator's own, the same for every API.
[mypy-parley_client.client]
ignore_errors = true
"""
MISTAKES = {
    'Unexpected keyword argument "clientid" for "MessageIn"': ('client_id="c1"', 'clientid="c1"'),
    'Argument "kind" to "RoomIn" has incompatible type "str"': ("RoomKind.PRIVATE", '"secret"'),
    '"RoomOut" has no attribute "members"': ("seen.member_count", "seen.members"),
}


@pytest.fixture(scope="module")
def project(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated project's folder, with the program beside the package."""
    folder = tmp_path_factory.mktemp("python")
    recipe.put_description(folder)
    made = run([*recipe.python, "--fail-on-warning"], folder, TOOLS)
    assert made.returncode == 0, made.stdout + made.stderr
    project = folder / "parley-client"
    (project / "mypy.ini").write_text(MYPY)
    (project / "walk.py").write_text(PROGRAM)
    return project


def test_a_backend_in_python_goes_the_whole_way(project: Path, live: LiveServer, acme: Tenancy) -> None:
    check_walk([sys.executable, "-c", ON_LOOPBACK], project, live, acme)


def test_the_python_client_and_its_backend_are_typed_throughout(project: Path) -> None:
    assert _complaints(project, "parley_client", "walk.py") == ""


def test_wrong_words_in_python_are_found_before_they_run(project: Path) -> None:
    (project / "wrong.py").write_text(with_mistakes(PROGRAM, MISTAKES))
    found = _complaints(project, "wrong.py")
    assert found.count(": error: ") == len(MISTAKES), found
    assert all(complaint in found for complaint in MISTAKES), found


def _complaints(project: Path, *paths: str) -> str:
    return run([sys.executable, "-m", "mypy", "--no-error-summary", *paths], project).stdout
