"""Somebody at work in one of the consoles, in one tab."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asgiref.sync import sync_to_async
from playwright.async_api import Browser, Response, expect

from tests.e2e.visitor import Visitor
from tests.support.furnished import Furnished
from tests.support.server import LiveServer
from tests.support.sessions import session_of

ROOTS = {"tenant": "/admin/", "operators": "/operators/"}
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
SWITCH = "scheme => Alpine.$data(document.documentElement).switchTheme(scheme)"
SETTLED = "Promise.all(document.getAnimations().map(each => each.finished.catch(() => {})))"


class Walker:
    def __init__(self, visitor: Visitor, furnished: Furnished, site: str) -> None:
        self.visitor = visitor
        self.page = visitor.page
        self.refused: list[str] = []
        self._furnished = furnished
        self._site = site
        self.page.on("response", self._heard)

    def _heard(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append(f"{response.status} {response.url}")

    async def open(self, address: str, **others: str) -> None:
        """An address below the console's root, with the examples in it, or the ``others`` in their place."""
        await self.page.goto(self.path(address, **others))
        await expect(self.page.get_by_role("main")).to_be_visible()

    def path(self, address: str, **others: str) -> str:
        return ROOTS[self._site] + self._furnished.fill(self._site, address, **others)

    async def look(self, size: str, scheme: str) -> None:
        await self.page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
        await self.page.evaluate(SWITCH, scheme)
        await self.page.evaluate(SETTLED)

    def forget(self) -> None:
        """What was complained of before."""
        self.refused.clear()
        self.visitor.complaints.clear()

    @property
    def complaints(self) -> list[str]:
        return [*self.refused, *self.visitor.unexpected_complaints()]


@asynccontextmanager
async def walkers_of(browser: Browser, live: LiveServer, furnished: Furnished) -> AsyncIterator[dict[str, Walker]]:
    """One for each console, who may do everything there."""
    tenancy = furnished.tenancy
    make = sync_to_async(session_of)
    sessions = {
        "tenant": (tenancy.host, await make(furnished.owner, tenancy, second_factor=True)),
        "operators": ("localhost", await make(furnished.operator, second_factor=True)),
    }
    contexts = []
    walkers = {}
    for site, (host, session) in sessions.items():
        context = await browser.new_context(base_url=f"http://{host}:{live.port}")
        await context.add_cookies([{"name": "sessionid", "value": session, "domain": host, "path": "/"}])
        walkers[site] = Walker(Visitor(await context.new_page()), furnished, site)
        contexts.append(context)
    yield walkers
    for context in contexts:
        await context.close()
