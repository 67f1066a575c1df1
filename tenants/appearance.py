"""How a tenant's widget and hosted rooms look: what it sets, and what follows from that. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypeAliasType

from kit.text import storable

log = structlog.get_logger(__name__)

# What has a name of its own in the API's schema, and so in the clients that are generated from it.
Theme = TypeAliasType("Theme", Literal["auto", "light", "dark"])
Font = TypeAliasType("Font", Literal["system", "serif", "mono", "inherit"])
LauncherPosition = TypeAliasType("LauncherPosition", Literal["end", "start"])
InterfaceLanguage = TypeAliasType("InterfaceLanguage", Literal["en", "de", "es", "fr", "ja", "zh", "ar"])

_Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$", examples=["#3451b2"])]
_Picture = Annotated[
    str,
    Field(
        pattern=r'^https://[^\s/?#\x00-\x1f\x7f"<>\\][^\s\x00-\x1f\x7f"<>\\]*$',
        max_length=2_000,
        examples=["https://example.com/logo.svg"],
    ),
]
_Label = Annotated[str, Field(max_length=40), AfterValidator(storable)]
_Welcome = Annotated[str, Field(max_length=300), AfterValidator(storable)]
_INKS = ("#ffffff", "#000000")


class Setting(BaseModel):
    """Frozen, and as strict with what it is made from as the API's bodies are."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Launcher(Setting):
    """What opens the widget: in which corner it is, as the text runs, and what it says beside its picture."""

    position: LauncherPosition = "end"
    label: _Label = ""


class Appearance(Setting):
    """What is null is left open: ``accent`` to our design, ``accent_dark`` (in the dark theme) to ``accent``,
    ``language`` to the browser. ``radius`` of corners is in CSS pixels; ``font: inherit`` is the page's around the
    widget; ``welcome`` is shown in an empty room. Texts are plain."""

    accent: _Colour | None = None
    accent_dark: _Colour | None = None
    theme: Theme = "auto"
    radius: Annotated[int, Field(ge=0, le=24)] = 10
    font: Font = "system"
    logo: _Picture | None = None
    launcher: Launcher = Field(default_factory=Launcher)  # generated clients take no object as a default
    welcome: _Welcome = ""
    language: InterfaceLanguage | None = None


NOTHING_CHOSEN = Appearance()


def read_appearance(kept: Mapping[str, Any]) -> Appearance:
    """Of a tenant's row. What cannot be read, as after an edit by hand, is as if never set: nobody is shut out for
    it."""
    try:
        return Appearance.model_validate(kept)
    except ValidationError as error:
        log.warning("appearance.unreadable", fields=[fault["loc"] for fault in error.errors()])
        return NOTHING_CHOSEN


def appearance_payload(appearance: Appearance) -> dict[str, Any]:
    """As pages and the API show it: with the ink that is read on each accent."""
    return {
        **appearance.model_dump(),
        "accent_ink": appearance.accent and ink_on(appearance.accent),
        "accent_dark_ink": appearance.accent_dark and ink_on(appearance.accent_dark),
    }


def ink_on(ground: str) -> str:
    """White or black, whichever is read better on a colour (``#rrggbb``). One of the two always has the contrast of
    4.5:1 that WCAG 2.2 asks for (1.4.3)."""
    return max(_INKS, key=lambda ink: contrast(ink, ground))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance of an sRGB colour."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
