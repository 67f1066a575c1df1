"""From an empty platform to a first message on a customer's page, by clicking alone, in a person's time."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import Locator, Page, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.sites import Site
from tests.platform.accounts.mails import Mails, part
from tests.support.cast import PASSWORD
from tests.support.plugin import ROOT
from tests.support.server import LiveServer

PUBLIC = SimpleNamespace(host="localhost")
PATIENCE = 30.0
REFRESH = "htmx.trigger('[data-live]', 'refresh')"


@dataclass
class Person:
    """Somebody who reads a page before doing something there. ``seconds`` is the time that people take for what was
    done, by the keystroke-level model (Card, Moran and Newell, 1983): a thought, pointing, a click; each key."""

    page: Page
    seconds: float = 0.0

    async def reads(self, words: str) -> None:
        await expect(self.page.get_by_role("heading", name=words).first).to_be_visible()
        self.seconds += 3.0

    async def clicks(self, control: Locator) -> None:
        await control.click()
        self.seconds += 1.35 + 1.1 + 0.2

    async def types(self, label: str, text: str) -> None:
        field = self.page.get_by_label(re.compile(rf"^\s*{label}\W*$"))  # an asterisk: it must be filled in
        await self.clicks(field)
        await field.fill(text)
        self.seconds += 0.28 * len(text)

    async def follows(self, link: str) -> None:
        """In a mail that came: it is waited for, found and read."""
        await self.page.goto(link)
        self.seconds += 10.0

    async def button(self, name: str) -> None:
        await self.clicks(self.page.get_by_role("button", name=name, exact=True))

    async def link(self, name: str) -> None:
        await self.clicks(self.page.get_by_role("link", name=name, exact=True))

    async def signs_in(self, account: Account) -> None:
        await self.types("E-mail", account.email)
        await self.types("Password", PASSWORD)
        await self.button("Sign in")


@pytest.fixture
def mails(tmp_path: Path, live: LiveServer) -> Iterator[Mails]:
    """What the worker sends."""
    folder = tmp_path / "mails"
    folder.mkdir()
    env = {**os.environ, "EMAIL_URL": f"filemail:///{folder}", "PORT": str(live.port)}
    with (tmp_path / "worker.log").open("wb") as log:
        running = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=env, stderr=log)
    yield Mails(folder)
    running.kill()
    running.wait()


async def test_from_an_empty_platform_to_a_first_message(visit: Visit, live: LiveServer, mails: Mails) -> None:
    slug = f"a{secrets.token_hex(3)}"
    address = f"olive@{slug}.test"
    account = await sync_to_async(Account.objects.create_user)(f"op@{slug}.test", PASSWORD, operator_role="owner")
    operator = Person((await visit(PUBLIC)).page)
    await _makes_a_tenant(operator, account, slug, address)

    owner = Person((await visit(PUBLIC, permissions=["clipboard-read", "clipboard-write"])).page)
    letter = await _letter(mails, address)
    await _comes_in(owner, letter)
    key = await _makes_a_key(owner)
    async with Site("shop.localhost", "").served() as shop:
        await _allows(owner, shop.origin)
        shop.pages["/"] = f"<!doctype html><title>A shop</title>{await _copies_the_snippet(owner)}"
        shop.pages["/favicon.ico"] = ""
        shop.pages["/parley-token"] = lambda: _token(live, f"{slug}.localhost", key)
        owner.seconds += 15.0  # to paste both into one's own site
        customer = Person((await visit(PUBLIC)).page)
        await _says(customer, shop.origin, "Is anybody here?")
    await _sees_all_done(owner)
    seconds = operator.seconds + owner.seconds + customer.seconds
    assert seconds < 180, f"a person needs {seconds:.0f} s"


async def _makes_a_tenant(operator: Person, account: Account, slug: str, owner: str) -> None:
    await operator.page.goto("/operators/")
    await operator.signs_in(account)
    await operator.reads("Overview")
    await operator.clicks(operator.page.get_by_role("navigation", name="Console").get_by_role("link", name="Tenants"))
    await operator.link("New tenant")
    await operator.reads("New tenant")
    for label, text in (("Slug", slug), ("Name", "Acme"), ("E-mail of the owner", owner)):
        await operator.types(label, text)
    await operator.button("Create")
    await operator.reads("It is ready")


async def _letter(mails: Mails, address: str) -> str:
    async with asyncio.timeout(PATIENCE):
        while not (found := mails.to(address)):
            await asyncio.sleep(0.1)
    return part(found[-1], "plain")


async def _comes_in(owner: Person, letter: str) -> None:
    [invitation] = re.findall(r"https?://\S+/invitation/\S+", letter)
    [console] = re.findall(r"https?://\S+/admin/", letter)
    await owner.follows(invitation)
    await owner.types("Your name", "Olive")
    await owner.types("Password", PASSWORD)
    await owner.button("Come in")
    await expect(owner.page.get_by_role("link", name="General")).to_be_visible()
    await owner.follows(console)
    await expect(_undone(owner)).to_have_count(4)


async def _makes_a_key(owner: Person) -> str:
    await owner.reads("Get started")
    await owner.link("Go: Call the API from your server")
    await owner.reads("A new key")
    await owner.types("Name", "Our shop")
    await owner.clicks(owner.page.get_by_label("Everything", exact=True))
    await owner.button("Make the key")
    await owner.reads("Your new key")
    return await owner.page.locator("[data-secret]").inner_text()


async def _allows(owner: Person, origin: str) -> None:
    await owner.link("Overview")
    await owner.link("Go: Name the pages that may call")
    await owner.reads("Origins")
    await owner.types("One more", origin)
    await owner.button("Add")
    await expect(owner.page.get_by_role("button", name=f"Remove {origin}")).to_be_visible()


async def _copies_the_snippet(owner: Person) -> str:
    await owner.link("Overview")
    await owner.link("Go: Put a room on one of your pages")
    await owner.reads("Put your rooms on your pages")
    await owner.clicks(owner.page.locator(".code-head").filter(has_text="HTML").get_by_role("button"))
    return str(await owner.page.evaluate("navigator.clipboard.readText()"))


def _token(live: LiveServer, host: str, key: str) -> str:
    """What the shop's own server asks ours for, for whoever is signed in there."""
    connection = HTTPConnection("127.0.0.1", live.port, timeout=PATIENCE)
    headers = {"Host": host, "Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for method, path, body in (("PUT", "/users/carl", {"name": "Carl"}), ("POST", "/users/carl/tokens", {})):
        connection.request(method, f"/api/v1{path}", json.dumps(body), headers)
        answer = json.loads(connection.getresponse().read())
    connection.close()
    return json.dumps({"token": answer["token"]})


async def _says(customer: Person, shop: str, text: str) -> None:
    room = customer.page.locator("parley-room")
    await customer.page.goto(shop)
    await customer.clicks(room.get_by_role("button", name="Join this room"))
    await customer.clicks(room.get_by_role("textbox"))
    await customer.page.keyboard.type(text)
    await customer.page.keyboard.press("Enter")
    await expect(room.get_by_role("article", name=re.compile("You at"))).to_contain_text(text)
    customer.seconds += 10.0 + 0.28 * len(text)


async def _sees_all_done(owner: Person) -> None:
    """Every process notes every ten seconds what it counted, and the page asks again as often: here oftener."""
    await owner.page.go_back()
    async with asyncio.timeout(PATIENCE):
        while await _undone(owner).count():
            await owner.page.evaluate(REFRESH)
            await asyncio.sleep(0.5)
    await owner.button("Put the list away")
    await expect(owner.page.get_by_role("heading", name="Get started")).to_have_count(0)


def _undone(owner: Person) -> Locator:
    return owner.page.get_by_role("link", name=re.compile("^Go: "))
