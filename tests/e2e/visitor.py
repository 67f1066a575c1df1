"""A person with a browser of their own, and what that person can see and do."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from asgiref.sync import sync_to_async
from playwright.async_api import Browser, ConsoleMessage, Locator, expect

from tenants.models import Account
from tests.support.cast import Tenancy
from tests.support.http import session_of
from tests.support.server import LiveServer

NETWORK_GONE = re.compile(r"WebSocket connection to|net::ERR_|503 \(Service Unavailable\)")
"""What a browser itself puts on the console while the server cannot be reached."""


class Visitor:
    """One browser context with one page. ``complaints`` is whatever the page put on the console as an error or a
    warning, Content-Security-Policy violations included."""

    @classmethod
    async def arrive(cls, browser: Browser, server: LiveServer, tenant: Tenancy, **options: Any) -> Visitor:
        context = await browser.new_context(base_url=f"http://{tenant.host}:{server.port}", **options)
        return cls(await context.new_page())

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.expected: list[re.Pattern[str]] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def expect_complaint(self, pattern: str | re.Pattern[str]) -> None:
        """What this test provokes on purpose."""
        self.expected.append(re.compile(pattern))

    def unexpected_complaints(self) -> list[str]:
        return [text for text in self.complaints if not any(pattern.search(text) for pattern in self.expected)]

    # Doing

    async def sign_in(self, tenant: Tenancy, account: Account) -> None:
        """By a session that was put into the tables: the form has tests of its own, and hashes a password."""
        session = await sync_to_async(session_of)(account, tenant)
        await self.page.context.add_cookies(
            [{"name": "sessionid", "value": session, "domain": tenant.host, "path": "/"}]
        )

    async def home(self) -> None:
        """The list of rooms, and the connection open."""
        await self.page.goto("/")
        await self.connected()

    async def open(self, room: str = "general") -> None:
        """The room, with its history loaded and the connection open."""
        await self.page.goto(f"/rooms/{room}")
        await self.settled()

    async def connected(self) -> None:
        await expect(self.page.locator(".account-state")).to_have_attribute("data-state", "open")

    async def settled(self) -> None:
        await self.connected()
        await expect(self.log).to_have_attribute("aria-busy", "false")

    async def join(self, room: str = "general") -> None:
        await self.open(room)
        await self.page.get_by_role("button", name="Join this room").click()
        await expect(self.composer).to_be_visible()

    async def say(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def hold(self, place: Locator) -> None:
        """As a finger does that stays for the menu."""
        box = await place.bounding_box()
        assert box
        finger = await self.page.context.new_cdp_session(self.page)
        point = {"x": box["x"] + 20, "y": box["y"] + 10}
        await finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        await expect(self.page.get_by_role("menu")).to_be_visible()
        await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    # Seeing

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def composer(self) -> Locator:
        return self.page.locator("parley-composer").get_by_role("textbox")

    @property
    def banner(self) -> Locator:
        return self.page.locator("parley-status").get_by_role("status", include_hidden=True)

    def message(self, text: str) -> Locator:
        bubble = self.page.locator(".bubble").get_by_text(text, exact=True)
        return self.log.get_by_role("article").filter(has=bubble)

    async def texts(self) -> list[str]:
        """The messages on the page, from above."""
        return await self.log.locator(".bubble").all_inner_texts()

    async def sees(self, *texts: str) -> None:
        """These, in this order, each once, are the last messages."""
        for _ in range(100):  # what waits to be sent may stand there before what was missed has come
            if (await self.texts())[-len(texts) :] == list(texts):
                return
            await asyncio.sleep(0.1)
        assert (await self.texts())[-len(texts) :] == list(texts)

    async def is_at_end(self) -> bool:
        return bool(await self.log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight < 48"))
