"""The documents tell the truth: what they show runs, what they list is complete."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chat.webhooks.delivering import deliver_all
from chat.webhooks.times import now
from kit.errors import TABLE
from tenants.outbound import outbound_policy
from tenants.tokens import verify
from tests.support.cast import Tenancy
from tests.support.plugin import ROOT
from tests.support.server import LiveServer

DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "chat/EMBEDDING.md",
    "chat/PROTOCOL.md",
    "deploy/PORTABILITY.md",
    "deploy/examples/README.md",
]


def test_the_protocol_page_lists_every_error_code() -> None:
    page = (ROOT / "chat" / "PROTOCOL.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d*) \| (yes|) \| (.+) \|$", page, re.MULTILINE)
    table = [
        (code.name, str(code.status), str(code.close or ""), "yes" if code.retryable else "", code.title)
        for code in TABLE.values()
    ]
    assert listed == table


def _programs() -> list[str]:
    """The README's: a backend, and a client of the socket; tokens for a page are in tests/e2e."""
    _, *programs = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return programs


async def test_the_readmes_backend_hears_of_its_message(live: LiveServer, acme: Tenancy, tmp_path: Path) -> None:
    program, _ = _programs()
    # The tenant's host need not resolve here: connect to the loopback address and keep the Host.
    program = program.replace("headers = {", f'headers = {{"Host": "{acme.host}", ')
    (tmp_path / "backend.py").write_text(program)
    backend = await asyncio.create_subprocess_exec(
        sys.executable,
        tmp_path / "backend.py",
        f"http://127.0.0.1:{live.port}/api/v1",
        acme.api_key,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        while backend.returncode is None:
            await deliver_all(acme.record, now, outbound_policy())
            await asyncio.sleep(0.1)
    assert backend.stdout is not None
    said = (await backend.stdout.read()).decode().splitlines()
    assert [line.split()[0] for line in said[:2]] == ["ann", "bob"]
    for line in said[:2]:
        assert verify(line.split()[1], acme.record).user_id == line.split()[0]
    assert said[2:] == ["True Has it been sent?"]


def test_the_readmes_program_says_hello(live: LiveServer, acme: Tenancy, tmp_path: Path) -> None:
    _, program = _programs()
    # The tenant's host need not resolve here: connect to the loopback address and keep the Host.
    program = program.replace("connect(url,", 'connect(url, host="127.0.0.1",')
    (tmp_path / "program.py").write_text(program)
    url = f"ws://{acme.host}:{live.port}/ws/v1"
    ran = subprocess.run(
        [sys.executable, tmp_path / "program.py", url, acme.token("u1", name="Ann")],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ran.stdout.splitlines() == ["{'id': 'u1', 'name': 'Ann'}", "1 Ann Hello from Python"]


def test_the_example_environment_names_every_variable() -> None:
    settings = (ROOT / "platform" / "config" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    listed = set(re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / "example.env").read_text(), re.MULTILINE))
    assert read == listed


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_documents_lead_somewhere(document: str) -> None:
    page = ROOT / document
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "SECURITY.md"])
def test_files_named_in_the_documents_exist(document: str) -> None:
    for name in re.findall(r"`((?:chat|tenants|platform|tests|deploy|billing)/[\w./]+)", (ROOT / document).read_text()):
        assert (ROOT / name).exists(), name
