"""Reading a page as a browser would: elements, attributes, text, and the data block."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_HANDLER = "on"


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Every element of a page, in order. ``script`` and ``style`` keep their raw text."""

    html: str
    elements: list[Element] = field(default_factory=list)
    words: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._raw: Element | None = None
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))
        self._raw = self.elements[-1] if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        self._raw = None

    def handle_data(self, data: str) -> None:
        if self._raw is not None:
            self._raw.text += data
        else:
            self.words += data

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    @property
    def data(self) -> Any:
        """What the page hands to its scripts."""
        [block] = [each for each in self.all("script") if each.attributes.get("type") == "application/json"]
        return json.loads(block.text)

    @property
    def inline(self) -> list[Element]:
        """What a strict Content-Security-Policy forbids: scripts, styles and handlers in the page itself."""
        return [
            element
            for element in self.elements
            if (element.tag == "style")
            or (
                element.tag == "script"
                and "src" not in element.attributes
                and element.attributes.get("type") != "application/json"
            )
            or any(name == "style" or name.startswith(_HANDLER) for name in element.attributes)
            or any((value or "").lower().strip().startswith("javascript:") for value in element.attributes.values())
        ]
