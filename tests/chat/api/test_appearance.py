"""How the widget and the hosted rooms look is the tenant's own setting, and every process hears of it."""

from __future__ import annotations

from typing import Any

import pytest

from tenants.appearance import Appearance
from tenants.directory import Directory
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer

PATH = "/api/v1/settings/appearance"
UNSET: dict[str, Any] = {
    "accent": None,
    "accent_dark": None,
    "theme": "auto",
    "radius": 10,
    "font": "system",
    "logo": None,
    "launcher": {"position": "end", "label": ""},
    "welcome": "",
    "language": None,
    "accent_ink": None,
    "accent_dark_ink": None,
}
CHOSEN: dict[str, Any] = {
    "accent": "#3451b2",
    "accent_dark": "#93a8ff",
    "theme": "dark",
    "radius": 0,
    "font": "inherit",
    "logo": "https://acme.example/logo.svg",
    "launcher": {"position": "start", "label": "Ask us"},
    "welcome": "Say hello 👋",
    "language": "ar",
}


async def test_it_is_read_back_as_it_was_set_until_another_is(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    assert server.get(PATH).json == UNSET
    shown = {**CHOSEN, "accent_ink": "#ffffff", "accent_dark_ink": "#000000"}
    assert server.put(PATH, CHOSEN).json == shown
    assert server.get(PATH).json == shown
    record = await Directory().find(acme.host)
    assert record is not None
    assert record.appearance == Appearance.model_validate(CHOSEN)
    assert server.put(PATH, {"launcher": {"position": "start"}}).json == {
        **UNSET,
        "launcher": {"position": "start", "label": ""},
    }


BAD: dict[str, dict[str, Any]] = {
    "a colour by name": {"accent": "red"},
    "a short colour": {"accent_dark": "#abc"},
    "a colour and more": {"accent": "#3451b2; x: y"},
    "a theme nobody knows": {"theme": "sepia"},
    "a corner too round": {"radius": 25},
    "half a pixel": {"radius": 1.5},
    "a font by name": {"font": "Comic Sans MS"},
    "a logo without https": {"logo": "http://acme.example/logo.svg"},
    "a logo that is a script": {"logo": "javascript:alert(1)"},
    "a logo that ends a string": {"logo": 'https://acme.example/"'},
    "a launcher in the middle": {"launcher": {"position": "middle"}},
    "a label of 41": {"launcher": {"label": "l" * 41}},
    "a welcome of 301": {"welcome": "w" * 301},
    "a language we do not speak": {"language": "tlh"},
    "a field that nobody knows": {"accent_ink": "#ffffff"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_a_bad_one_is_refused_by_its_field_and_nothing_is_changed(
    live: LiveServer, standing: Tenancy, change: dict[str, Any]
) -> None:
    server = as_server(live, standing)
    answer = server.put(PATH, {**CHOSEN, **change})
    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"].split(".")[-1] for error in answer.json["errors"]] == [_innermost(change)]
    assert server.get(PATH).json == UNSET


def _innermost(change: dict[str, Any]) -> str:
    [(name, value)] = change.items()
    return _innermost(value) if isinstance(value, dict) else name
