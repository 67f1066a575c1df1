"""What somebody came to the sign-up page for: a page of the organisation that is going to be, where its owner is led
once it is there. What it is, those above know; the pages of accounts pass it on in their addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.http import urlencode

Reader = Callable[[Mapping[str, str]], Mapping[str, str]]
_readers: list[tuple[str, Reader]] = []


@dataclass(frozen=True, slots=True)
class Wish:
    """``query``: it in the address of a page of accounts; ``address``: on the tenant's host."""

    query: str = ""
    page: str = "/"

    @property
    def address(self) -> str:
        return f"{self.page}{self.query}"


def on_wish(page: str, read: Reader) -> None:
    """Lead to ``page`` whoever came for something that ``read`` knows: it picks that out of a query, checked, and
    returns nothing where nothing of it is there."""
    _readers.append((page, read))


def wish_of(asked: Mapping[str, str]) -> Wish:
    found = ((page, read(asked)) for page, read in _readers)
    return next((Wish(f"?{urlencode(known)}", page) for page, known in found if known), Wish())
