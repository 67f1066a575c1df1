"""How a person does what a console's page offers, in words that stand on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tenants.consoles.site import ConsoleSite


@dataclass(frozen=True)
class Choice:
    """Of a list, by its words."""

    words: str


@dataclass(frozen=True)
class File:
    name: str
    content: bytes


Value = str | bool | Choice | File
"""What is typed, ticked, chosen or handed in."""


@dataclass(frozen=True)
class Mistake:
    """What somebody gets wrong in a form, and what stands beside the field then; without a field, above the form."""

    fill: Mapping[str, Value]
    said: str
    field: str = ""


@dataclass(frozen=True)
class Press:
    """One action. ``fill`` goes by labels; in values and in ``row``, ``{name}`` is one of the examples."""

    action: str
    """The page's name, a dot, the action's."""
    button: str
    seen: tuple[str, ...]
    """What stands on the page afterwards: the answer, and what has changed."""
    gone: str = ""
    """What stands there no more."""
    row: str = ""
    """Words of the table's row, or of the item, in which the button is."""
    opens: str = ""
    """What asks first is opened by this."""
    fill: Mapping[str, Value] = field(default_factory=dict)
    mistake: Mistake | None = None
    anything_goes: bool = False
    """What the form takes in words cannot be wrong."""
    at: Mapping[str, str] = field(default_factory=dict)
    """Other examples in the page's address."""
    key: str = ""
    """It is pressed instead of the button."""
    file: str = ""
    """The name of the file that comes, in place of a page."""
    in_place: bool = False
    """The page is not loaded anew."""

    @property
    def page(self) -> str:
        return self.action.partition(".")[0]


def actions_of(site: ConsoleSite) -> set[str]:
    """All that there are, as ``Press.action`` has them."""
    return {f"{page.name}.{action}" for page in site.pages for action in page.actions}
