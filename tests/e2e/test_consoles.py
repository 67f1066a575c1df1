"""Every page and table of both consoles, as their sites know them, in every look: on a desktop and a phone, light and
dark, with all that opens opened. A page that somebody adds is walked through without a line here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from config.urls_tenant import tenant_console
from console.pages import operators
from tenants.consoles.site import ConsoleSite
from tests.e2e.axe import COLOURS, RULES, Inspection
from tests.e2e.walker import ROOTS, SETTLED, SIZES, Walker, walkers_of
from tests.e2e.walking import OVERFLOW
from tests.support.furnished import Furnished, furnish
from tests.support.server import LiveServer

OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def walkers(browser: Browser, live: LiveServer, furnished: Furnished) -> AsyncIterator[dict[str, Walker]]:
    async with walkers_of(browser, live, furnished) as walkers:
        yield walkers


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
