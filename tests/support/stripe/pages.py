"""What customers of the stand-in see in a browser: plain pages with buttons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from tests.support.stripe.errors import Refused
from tests.support.stripe.world import Thing, World

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color: #1a1f36; }
button { font: inherit; padding: .5rem 1rem; margin: .25rem .25rem .25rem 0; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .5rem .25rem 0; }
.aside { background: #fff4d6; padding: .5rem 1rem; } [role=alert] { background: #fde2e4; padding: .5rem 1rem; }
"""

Maker = Callable[..., "Page"]
_PAGES: list[tuple[str, re.Pattern[str], Maker]] = []


@dataclass(frozen=True)
class Page:
    html: str = ""
    status: int = 200
    location: str = ""


def page_at(method: str, path: str) -> Callable[[Maker], Maker]:
    """``maker(world, form, *ids)``; ``form`` of a GET is its query."""

    def register(maker: Maker) -> Maker:
        _PAGES.append((method, re.compile(re.sub(r"\{\w+\}", r"([^/]+)", path)), maker))
        return maker

    return register


def show(world: World, method: str, path: str, query: Thing, form: Thing) -> Page:
    for known, pattern, maker in _PAGES:
        if known == method and (found := pattern.fullmatch(path)):
            try:
                return maker(world, query if method == "GET" else form, *found.groups())
            except Refused as refused:
                return written("Not possible", alert(refused.body["error"]["message"]), status=refused.status)
    return written("Nothing here", "", status=404)


def written(title: str, body: str, *, status: int = 200) -> Page:
    note = '<p class="aside">This page stands in for Stripe. No money moves.</p>'
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return Page(f'<!doctype html><html lang="en">{head}<h1>{escape(title)}</h1>{note}{body}</html>', status)


def to(location: str) -> Page:
    return Page(status=303, location=location)


def alert(text: str) -> str:
    return f'<p role="alert">{escape(text)}</p>' if text else ""


def button(label: str, **values: str) -> str:
    """A form of its own that posts ``values`` to the page's address."""
    hidden = "".join(f'<input type="hidden" name="{k}" value="{escape(v)}">' for k, v in values.items())
    return f'<form method="post" style="display:inline">{hidden}<button>{escape(label)}</button></form>'


def money(amount: int, currency: str) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02} {currency.upper()}"


def table(rows: list[tuple[Any, ...]]) -> str:
    """Cells are text, or HTML where they begin with ``<``."""
    cells = ("".join(f"<td>{c if str(c).startswith('<') else escape(str(c))}</td>" for c in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
