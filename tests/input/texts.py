"""Texts of every kind for whatever takes one: those known to be nasty, and found ones from all of Unicode."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.input.hostile import ODD_TEXTS

_FOUND = 4  # by hypothesis, besides the known ones
_LONGEST = 8_000  # where the schema names no other bound
_LONG_IN_DATA = 1_000
UNSTORABLE = ("a\x00b", "a\ud800b", "\udc00\ud800")

_planes = st.integers(0, 16).flatmap(lambda plane: st.integers(plane << 16, (plane << 16) + 0xFFFF)).map(chr)


def joined(text: str) -> str:
    """The text as JSON reads it: an escaped high surrogate and an escaped low one behind it are one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def known(most: int | None) -> Iterator[str]:
    """Nasty ones, and those as long as ``most`` characters allow and one longer, in one byte and in four."""
    most = most or _LONGEST
    yield from _in_parts(" ".join(ODD_TEXTS.values()), min(most, 500))
    yield "".join(text for text in ODD_TEXTS.values() if re.fullmatch(r"[^\s/\x00-\x1f\x7f]+", text))[:most]  # an id
    yield from ("", " \u00a0\u2028", *UNSTORABLE)
    for length in (most, most + 1):
        yield from ("a" * length, "\U0010fffd" * length)


def _in_parts(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def with_every_text(check: Callable[[str], object], most: int | None) -> None:
    """Call ``check`` with the known texts and with a few that hypothesis finds, always the same ones."""

    def try_one(text: str) -> None:
        check(text)

    found = st.text(_planes, min_size=1, max_size=min(most or 40, 40)).map(joined)
    tried: Any = given(text=found)(try_one)
    for text in known(most):
        tried = example(text=text)(tried)
    settings(
        max_examples=_FOUND,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(tried)()


def text_fields(schema: dict[str, Any], schemas: dict[str, Any], path: str = "") -> Iterator[tuple[str, int | None]]:
    """The path of each string at any depth that is not of a closed vocabulary, and how many characters it may have.
    ``*`` is the customer's own names."""
    schema = {**schema, **schemas.get(schema.get("$ref", "").rpartition("/")[2], {})}
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from text_fields(each, schemas, path)
    if schema.get("type") == "string" and not schema.keys() & {"enum", "const", "format"}:
        yield path, schema.get("maxLength", _most_of(schema.get("pattern", "")))
    if "items" in schema:
        yield from text_fields(schema["items"], schemas, f"{path}[]")
    for name, part in schema.get("properties", {}).items():
        yield from text_fields(part, schemas, f"{path}.{name}".removeprefix("."))
    if schema.get("additionalProperties"):
        yield f"{path}.*", _LONG_IN_DATA


def _most_of(pattern: str) -> int | None:
    """As many characters as a pattern of one repetition allows."""
    bound = re.search(r"\{\d+,(\d+)\}\$$", pattern)
    return int(bound[1]) if bound else None
