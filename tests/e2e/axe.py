"""What axe-core finds wrong with a page: by WCAG 2.2 AA, and by what it calls best practice."""

from __future__ import annotations

from typing import Any, Literal

from playwright.async_api import Locator, Page

from tests.support.npm import node_modules

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast"]
RUN = """async ({ part, rules }) => {
    const options = { runOnly: rules, preload: false, resultTypes: ["violations"] };
    const { violations } = await axe.run(part ?? document, options);
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}"""


class Inspection:
    """Looks at one page as it changes, in light and in dark. ``found`` is what was wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []

    async def look(self, state: str, part: Locator | None = None) -> None:
        """At the whole page, or at a part where nothing else has changed."""
        await self._run(state, part, "light", RULES)
        await self._run(state, part, "dark", OF_COLOURS)

    async def _run(self, state: str, part: Locator | None, scheme: Literal["light", "dark"], rules: list[str]) -> None:
        await self.page.emulate_media(color_scheme=scheme)
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate((node_modules() / "axe-core" / "axe.min.js").read_text())
        asked: dict[str, Any] = {"part": await part.element_handle() if part else None, "rules": rules}
        self.found += [f"{state}, {scheme}: {wrong}" for wrong in await self.page.evaluate(RUN, asked)]
