"""Every page and table of both consoles, as their sites know them, in every look: on a desktop and a phone, light and
dark, with all that opens opened. A page that somebody adds is walked through without a line here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from playwright.async_api import Browser, Response, expect

from config.urls_tenant import tenant_console
from console.pages import operators
from tenants.consoles.site import ConsoleSite
from tests.e2e.axe import COLOURS, RULES, Inspection
from tests.e2e.visitor import Visitor
from tests.e2e.walking import OVERFLOW
from tests.support.furnished import Furnished, furnish
from tests.support.server import LiveServer
from tests.support.sessions import session_of

ROOTS = {"tenant": "/admin/", "operators": "/operators/"}
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
SWITCH = "scheme => Alpine.$data(document.documentElement).switchTheme(scheme)"
SETTLED = "Promise.all(document.getAnimations().map(each => each.finished.catch(() => {})))"
# What looks the same with the focus as without, and what is out of the order of the document.
UNSEEN = """() => {
    const look = (element) => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(element);
        const isSeen = outlineStyle !== "none" && !/(,|\\/) 0\\)$/.test(outlineColor);
        return [isSeen && outlineWidth, boxShadow, borderColor].join();
    };
    const looksTheSame = (element) => {
        element.blur();
        const before = look(element);
        element.focus();
        return element === document.activeElement && look(element) === before;
    };
    return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
        .filter((each) => each.checkVisibility() && (each.tabIndex > 0 || (each.tabIndex === 0 && looksTheSame(each))))
        .map((each) => each.outerHTML.slice(0, 200));
}"""


@dataclass(frozen=True)
class Place:
    site: str
    address: str

    def __str__(self) -> str:
        return f"{self.site}:{self.address}"


def _places(site: ConsoleSite) -> list[Place]:
    """What has no template leads elsewhere, or is a file."""
    pages = [page.address for page in site.pages if getattr(page, "template", "")]
    tables = [f"{table.opts.app_label}/{table.opts.model_name}/" for table in site._registry.values()]
    return [Place(site.name, address) for address in (*pages, *tables)]


OTHERS = [Place("tenant", "room/general/live"), Place("tenant", "?over=month"), Place("tenant", "chat/user/?q=nobody")]
EVERYWHERE = [*_places(tenant_console), *_places(operators), *OTHERS]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def furnished(live: LiveServer) -> Furnished:
    return await furnish(live)


class Walker:
    """Somebody at work in one of the consoles, in one tab."""

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

    async def open(self, address: str) -> None:
        await self.page.goto(ROOTS[self._site] + self._furnished.fill(self._site, address))
        await expect(self.page.get_by_role("main")).to_be_visible()

    async def look(self, size: str, scheme: str) -> None:
        await self.page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
        await self.page.evaluate(SWITCH, scheme)
        await self.page.evaluate(SETTLED)

    @property
    def complaints(self) -> list[str]:
        return [*self.refused, *self.visitor.unexpected_complaints()]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def walkers(browser: Browser, live: LiveServer, furnished: Furnished) -> AsyncIterator[dict[str, Walker]]:
    tenancy = furnished.tenancy
    sessions = {
        "tenant": (tenancy.host, await sync_to_async(session_of)(furnished.owner, tenancy)),
        "operators": ("localhost", await sync_to_async(session_of)(furnished.operator, second_factor=True)),
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


@pytest.mark.parametrize("place", EVERYWHERE, ids=str)
async def test_a_page_has_no_fault_in_any_look(walkers: dict[str, Walker], place: Place) -> None:
    walker = walkers[place.site]
    inspection = Inspection(walker.page)
    await walker.open(place.address)
    await walker.page.evaluate(OPEN_ALL)
    unseen = await walker.page.evaluate(UNSEEN)
    wide = []
    for size in SIZES:
        for scheme, rules in (("light", RULES), ("dark", COLOURS)):
            await walker.look(size, scheme)
            await inspection.look(f"{size} {scheme}", rules=rules)
        wide += [size] if await walker.page.evaluate(OVERFLOW) > 0 else []
    assert (inspection.found, unseen, wide, walker.complaints) == ([], [], [], [])


@pytest.mark.parametrize("site", ROOTS)
async def test_the_keyboard_passes_the_menu_opens_it_and_comes_back(walkers: dict[str, Walker], site: str) -> None:
    walker, page = walkers[site], walkers[site].page
    await walker.open("")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()

    await walker.look("phone", "light")
    opener, menu = page.get_by_role("button", name="Menu", exact=True), page.get_by_role("navigation", name="Console")
    await expect(menu).to_be_hidden()
    await opener.press("Enter")
    await expect(page.get_by_role("button", name="Close the menu")).to_be_focused()
    await page.get_by_role("button", name="Otto" if site == "operators" else "Olive").press("Enter")
    await page.get_by_role("button", name="Dark").press("Space")
    inspection = Inspection(page)
    await page.evaluate(SETTLED)
    await inspection.look("the menu, open")
    await page.get_by_role("button", name="System").press("Space")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(opener).to_be_focused()
    assert (inspection.found, walker.complaints) == ([], [])
