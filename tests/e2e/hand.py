"""A person's hand on a console: finds things by their words, fills them in, presses, and looks at what comes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from playwright.async_api import Locator, Request, expect

from tenants.models import AuditEntry
from tests.e2e.axe import Inspection
from tests.e2e.walker import Walker
from tests.e2e.walking import OVERFLOW
from tests.support.console_actions import Choice, File, Mistake, Press, Value

TYPED = "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=color])"


class Hand:
    def __init__(self, walker: Walker, press: Press, examples: Mapping[str, str]) -> None:
        self.walker = walker
        self.page = walker.page
        self.press = press
        self._examples = examples

    async def comes_to(self, address: str) -> None:
        """Where one is already is not loaded once more."""
        others = {name: self._said(example) for name, example in self.press.at.items()}
        if urlsplit(self.page.url).path != self.walker.path(address, **others):
            await self.walker.open(address, **others)
            await self.walker.look("desktop", "light")

    async def gets_it_wrong(self, mistake: Mistake, inspection: Inspection) -> None:
        """It is said beside the field, and nothing is done. This page is on a phone from now on, in the dark."""
        assert mistake.fill.keys() <= self.press.fill.keys(), "what was wrong is put right afterwards"
        before = await _entries()
        await self.walker.look("phone", "dark")
        await self._fill(await self._form(), {**self.press.fill, **mistake.fill})
        self.walker.visitor.expect_complaint("status of 422")
        assert await self._pressed() == 422, "it was taken"
        self.walker.refused.pop()
        form = await self._form()
        await expect(form.get_by_text(mistake.said).first).to_be_visible()
        if mistake.field:
            field = self._labelled(form, mistake.field)
            await expect(field).to_have_attribute("aria-invalid", "true")
            await expect(field).to_have_accessible_description(re.compile(re.escape(mistake.said)))
        else:
            await expect(form.get_by_role("alert")).to_contain_text(mistake.said)
        await inspection.look(f"{self.press.action}, got wrong", form)
        assert (await self.page.evaluate(OVERFLOW), await _entries()) == (0, before)

    async def does_it(self) -> None:
        form = await self._form()
        typed = await form.locator(TYPED).count() > 0
        assert typed == bool(self.press.mistake or self.press.anything_goes), "what is typed may be wrong"
        await self._fill(form, self.press.fill)
        if self.press.file:
            async with self.page.expect_download() as download:
                await self._push()
            assert (await download.value).suggested_filename == self._said(self.press.file)
        elif self.press.in_place:
            await self._push()
        else:
            assert await self._pressed() == 200
        for words in self.press.seen:
            await expect(self._visible(self._said(words)).first).to_be_visible()
        if self.press.gone:
            await expect(self._visible(self._said(self.press.gone))).to_have_count(0)

    # Finding

    async def _form(self) -> Locator:
        place = self.page.get_by_role("main")
        if self.press.row:
            place = place.get_by_role("row").filter(has_text=self._said(self.press.row))
        form = place.locator("form").filter(has=self._button())
        if self.press.opens and not await form.count():
            await place.get_by_text(self._said(self.press.opens), exact=True).click()
        return form

    def _button(self) -> Locator:
        return self.page.get_by_role("button", name=self._said(self.press.button), exact=True)

    def _labelled(self, form: Locator, label: str) -> Locator:
        return form.get_by_label(re.compile(rf"^\s*{re.escape(self._said(label))}\W*$"))

    def _visible(self, words: str) -> Locator:
        return self.page.get_by_text(words).filter(visible=True)

    def _said(self, words: str) -> str:
        """With the examples in it."""
        return re.sub(r"{(\w+)}", lambda name: self._examples.get(name[1], name[0]), words)

    # Doing

    async def _fill(self, form: Locator, values: Mapping[str, Value]) -> None:
        for label, value in values.items():
            match value:
                case bool():
                    await self._labelled(form, label).set_checked(value)
                case Choice(words):
                    await form.get_by_role("combobox", name=self._said(label)).select_option(label=words)
                case File(name, content):
                    file = {"name": name, "mimeType": "text/csv", "buffer": content}
                    await self._labelled(form, label).set_input_files(file)  # type: ignore[arg-type]
                case str():
                    await self._labelled(form, label).fill(self._said(value))

    async def _pressed(self) -> int:
        """Returns the status of the page that this leads to."""
        async with self.page.expect_navigation() as landed:
            await self._push()
        answer = await landed.value
        assert answer
        asked = answer.request
        while asked.redirected_from:
            asked = asked.redirected_from
        assert self._names_the_action(asked), f"{asked.method} {asked.post_data}"
        return answer.status

    async def _push(self) -> None:
        if self.press.key:
            await self.page.keyboard.press(self.press.key)
        else:
            await (await self._form()).get_by_role("button", name=self._said(self.press.button), exact=True).click()

    def _names_the_action(self, asked: Request) -> bool:
        action = self.press.action.partition(".")[2]
        hands_in = any(isinstance(value, File) for value in self.press.fill.values())  # then the browser tells no body
        return asked.method == "POST" and (hands_in or f"action={action}" in (asked.post_data or "").split("&"))


@sync_to_async
def _entries() -> int:
    """Whatever changes something is in an audit log."""
    return AuditEntry.objects.count()
