"""What clients are generated from: the API's own description, by the README's commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.cast import make_tenant
from tests.support.http import Client
from tests.support.plugin import ROOT
from tests.support.server import LiveServer


@dataclass(frozen=True)
class Recipe:
    """The README's commands, and the description that they read."""

    description: bytes
    python: list[str]
    typescript: list[str]

    def put_description(self, folder: Path) -> None:
        (folder / "openapi.json").write_bytes(self.description)


@pytest.fixture(scope="session")
def recipe(live: LiveServer) -> Recipe:
    [lines] = re.findall(r"```sh\n(curl .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    download, python, typescript = map(shlex.split, lines.splitlines())
    [url] = [word for word in download if word.startswith("http")]
    # The tenant's host need not resolve here: connect to the loopback address and keep the Host.
    answer = Client(live, make_tenant("acme").host).get(urlsplit(url).path)
    assert answer.status == 200
    return Recipe(answer.body, python, typescript)
