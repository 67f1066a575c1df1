"""The ways in which people look at Parley: on which screen, in which colours, in which language and direction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from playwright.async_api import Locator

from tests.support.plugin import ROOT

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
STRINGS = ROOT / "chat" / "widget" / "strings"


@dataclass(frozen=True)
class Look:
    """One way. A walk that looks for texts asks it for them, and touches what it would click on a phone."""

    phone: bool
    dark: bool
    language: str

    @property
    def options(self) -> dict[str, Any]:
        """For ``visit``."""
        scheme = "dark" if self.dark else "light"
        return {**(PHONE if self.phone else DESKTOP), "color_scheme": scheme, "locale": self.language}

    @property
    def right_to_left(self) -> bool:
        return self.language == "ar"

    def t(self, key: str, **values: str) -> str:
        """What its reader is shown for a key that has no plural."""
        isolated = {name: f"\u2068{value}\u2069" if self.right_to_left else value for name, value in values.items()}
        return self._strings[key].format(**isolated)

    async def press(self, control: Locator) -> None:
        await (control.tap() if self.phone else control.click())

    @cached_property
    def _strings(self) -> dict[str, str]:
        text = (STRINGS / f"{self.language}.js").read_text()
        return dict(re.findall(r'^  "(\S+)": "(.*)",$', text, re.MULTILINE))

    def __str__(self) -> str:
        return f"{'phone' if self.phone else 'desktop'}-{'dark' if self.dark else 'light'}-{self.language}"


LOOKS = (
    Look(phone=False, dark=False, language="en"),
    Look(phone=True, dark=True, language="en"),
    Look(phone=False, dark=True, language="ar"),
    Look(phone=True, dark=False, language="ar"),
)
"""Each screen, each colour scheme and each direction together with each of the others."""

in_every_look = pytest.mark.parametrize("look", LOOKS, ids=str)
