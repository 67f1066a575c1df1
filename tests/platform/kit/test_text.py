"""Text that may come in is text that PostgreSQL and a WebSocket can carry back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kit.text import storable, storable_json


@given(some.text(some.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_all_other_text_comes_back_as_it_is(text: str) -> None:
    assert storable(text) == text


@pytest.mark.parametrize("text", ["\x00", "a\x00b", chr(0xD800), f"a{chr(0xDFFF)}b", "\udc00\ud800"])
def test_nul_and_lone_surrogates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="contains"):
        storable(text)


@pytest.mark.parametrize("text", ["", "🙂", "\u202e", "\ufeff", "\uffff", "\U0010ffff", "\x01\x7f", "e\u0301"])
def test_strange_but_storable_text_is_let_be(text: str) -> None:
    assert storable(text) == text


@pytest.mark.parametrize(
    "value", ["\x00", ["\x00"], {"a": {"\x00": 1}}, {"a": [{"b": "\ud800"}]}, [1e999], {"a": -1e999}]
)
def test_json_is_judged_to_its_last_name_and_number(value: object) -> None:
    with pytest.raises(ValueError, match="contains"):
        storable_json(value)


@pytest.mark.parametrize("value", [None, True, 10**400, 1e308, "\\u0000", {}, {"": [None, {"a": [False, 1.5, "b"]}]}])
def test_other_json_comes_back_as_it_is(value: object) -> None:
    assert storable_json(value) is value
