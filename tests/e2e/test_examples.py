"""The sites in deploy/examples, started as their README says, each under its strict policy and with a visitor."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from embedded import process
from tests.e2e.visitor import Visitor
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server
from tests.support.node import ON_LOOPBACK, node
from tests.support.plugin import ROOT
from tests.support.server import LiveServer, free_port

README = (ROOT / "deploy" / "examples" / "README.md").read_text()
HTML, DJANGO, NODE = re.findall(r"^\| `(\S+ deploy/examples/[^`]+)` \|", README, re.MULTILINE)
SCOPES = re.findall(r"--scope (\S+)", README)
NEEDED = {HTML: ["PARLEY_SECRET"], DJANGO: ["PARLEY_SECRET"], NODE: ["PARLEY_SECRET", "PARLEY_API_KEY"]}

Visit = Callable[[str], Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, live: LiveServer, acme: Tenancy, tmp_path: Path) -> AsyncIterator[Visit]:
    """``await visit(command)``: an example that runs for acme, and its page in a browser."""
    runs: list[subprocess.Popen[bytes]] = []
    visitors: list[Visitor] = []

    async def arrive(command: str) -> Page:
        port = free_port()
        origin = f"http://localhost:{port}"
        server = as_server(live, acme)
        server.put("/api/v1/settings/origins", {"origins": [origin]})
        api_key = server.post("/api/v1/keys", {"name": "shop", "scopes": SCOPES}).json["secret"]
        with (tmp_path / "example.log").open("wb") as log:
            runs.append(_start(command, environment(live, acme, port, api_key), stdout=log, stderr=log))
        await _until_it_listens(port, runs[-1], tmp_path / "example.log")
        visitors.append(Visitor(await browser.new_page(base_url=origin)))
        page = visitors[-1].page
        policy = (await page.goto("/")).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        return page

    yield arrive
    for visitor in visitors:
        await visitor.page.context.close()
    for run in runs:
        if run.poll() is None:
            process.kill(process.family_of(psutil.Process(run.pid)))
            run.wait()
    assert [visitor.unexpected_complaints() for visitor in visitors] == [[] for _ in visitors]


def environment(server: LiveServer, tenant: Tenancy, port: int, api_key: str) -> dict[str, str]:
    """What an example reads, and nothing of ours: it is a customer's program."""
    return {
        "PATH": os.environ["PATH"],
        "PARLEY_URL": f"http://{tenant.host}:{server.port}",
        "PARLEY_KEY_ID": tenant.made.signing_key.id,
        "PARLEY_SECRET": tenant.made.signing_secret,
        "PARLEY_API_KEY": api_key,
        "PORT": str(port),
        "NODE_OPTIONS": f"--import={quote(ON_LOOPBACK, safe=':/,;')}",
    }


def _start(command: str, env: dict[str, str], **streams: Any) -> subprocess.Popen[bytes]:
    program, *arguments = shlex.split(command)
    found = node() if program == "node" else sys.executable
    return subprocess.Popen([found, *arguments], cwd=ROOT, env=env, **streams)


async def _until_it_listens(port: int, run: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(30):
        while True:
            assert run.poll() is None, log.read_text()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                return writer.close()


async def test_a_plain_page_shows_a_room_to_whoever_comes(visit: Visit, live: LiveServer, acme: Tenancy) -> None:
    page = await visit(HTML)
    await page.get_by_role("button", name="Join").click()
    await _say(page, "The tap drips")
    [(author, text)] = _stored(as_server(live, acme), "general")
    assert re.fullmatch(r"Visitor \d{4}", author)
    assert text == "The tap drips"


async def test_djangos_session_says_who_speaks(visit: Visit, live: LiveServer, acme: Tenancy) -> None:
    page = await visit(DJANGO)
    assert (await page.request.get("/parley-token")).status == 401
    await page.get_by_role("button", name="Ben").click()
    await page.get_by_role("button", name="Join").click()
    await _say(page, "My chain is rusty")
    assert _stored(as_server(live, acme), "general") == [("Ben", "My chain is rusty")]
    await page.locator("parley-launcher").get_by_role("button").click()
    await expect(page.get_by_role("dialog").get_by_role("button", name="General")).to_be_visible()


async def test_nodes_server_opens_a_room_for_an_order(visit: Visit, live: LiveServer, acme: Tenancy) -> None:
    page = await visit(NODE)
    await page.get_by_role("button", name="Order a blue kettle").click()
    await page.locator("parley-inbox").get_by_role("button", name="A blue kettle").click()
    await expect(page.get_by_role("log")).to_contain_text("Thank you! A blue kettle leaves tomorrow.")
    await expect(page.locator("parley-inbox")).not_to_contain_text("General")
    await _say(page, "Wrap it, please")
    server = as_server(live, acme)
    [order] = [room["id"] for room in server.get("/api/v1/rooms?kind=private").json["data"]]
    (support, _), (customer, asked) = _stored(server, order)
    assert (support, customer.split()[0], asked) == ("Support", "Customer", "Wrap it, please")


@pytest.mark.parametrize("command", NEEDED)
async def test_an_example_names_the_variable_that_it_lacks(command: str, live: LiveServer, acme: Tenancy) -> None:
    for name in NEEDED[command]:
        env = environment(live, acme, free_port(), acme.api_key)
        del env[name]
        run = _start(command, env, stderr=subprocess.PIPE)
        _, said = run.communicate(timeout=30)
        assert run.returncode == 1
        assert said.decode().splitlines() == [f"{name} is not set; deploy/examples/README.md tells where to get it."]


async def _say(page: Page, text: str) -> None:
    composer = page.get_by_role("textbox", name="Message")
    await composer.fill(text)
    await composer.press("Enter")
    log = page.get_by_role("log")
    await expect(log.get_by_text(text)).to_be_visible()
    await expect(log.locator(".pending")).to_have_count(0)


def _stored(server: Client, room: str) -> list[tuple[str, str]]:
    """Who said what there."""
    messages = server.get(f"/api/v1/rooms/{room}/messages").json["data"]
    return [(message["user"]["name"], message["text"]) for message in messages if message["kind"] == "message"]
