"""Reading a page as a browser would: elements, attributes, text, and the data block."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

from chat.assets.bundle import bundle

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
    def style_sources(self) -> str:
        """What of styles a policy has to allow: files of ours, and to the letter the sheet that the page carries."""
        carried = [sha256(style.text.encode()).digest() for style in self.all("style")]
        return " ".join(["'self'", *(f"'sha256-{b64encode(digest).decode()}'" for digest in carried)])

    @property
    def inline(self) -> list[Element]:
        """What a strict Content-Security-Policy forbids: scripts, styles and handlers in the page itself, but for the
        style sheet that is ours."""
        return [
            element
            for element in self.elements
            if (element.tag == "style" and element.text != bundle().assets["hosted/app.css"].body.decode())
            or (
                element.tag == "script"
                and "src" not in element.attributes
                and element.attributes.get("type") != "application/json"
            )
            or any(name == "style" or name.startswith(_HANDLER) for name in element.attributes)
            or any((value or "").lower().strip().startswith("javascript:") for value in element.attributes.values())
        ]
