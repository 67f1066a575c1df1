"""What axe-core finds wrong with a page: by WCAG 2.2 AA, and by what it calls best practice."""

from __future__ import annotations

from functools import cache

from playwright.async_api import Locator, Page

from tests.support.npm import node_modules

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
RUN = """async ([part, runOnly]) => {
    const options = { runOnly, preload: false, resultTypes: ["violations"] };
    const { violations } = await axe.run(part ?? document, options);
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}"""


class Inspection:
    """Looks at one page as it changes. ``found`` is what was wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []

    async def look(self, state: str, part: Locator | None = None, *, rules: object = RULES) -> None:
        """At the whole page, or at the part that alone has changed. ``rules`` are tags, or axe's ``runOnly``: COLOURS
        where nothing else has changed."""
        await self.page.wait_for_load_state()  # a page without its styles yet is nobody's page
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(_source())
        element = await part.element_handle() if part else None
        self.found += [f"{state}: {wrong}" for wrong in await self.page.evaluate(RUN, [element, rules])]


@cache
def _source() -> str:
    return (node_modules() / "axe-core" / "axe.min.js").read_text()
