"""How a tenant's pages look: what can be set, and what is read on it."""

from __future__ import annotations

from itertools import product

import pytest
from pydantic import ValidationError

from tenants.appearance import NOTHING_CHOSEN, Appearance, appearance_payload, contrast, ink_on, read_appearance


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("#ff0000", "#0000ff") == pytest.approx(2.15, abs=0.005)


def test_on_any_colour_the_ink_is_read() -> None:
    steps = [*range(0, 256, 15)]
    colours = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in product(steps, repeat=3)]
    assert min(contrast(ink_on(colour), colour) for colour in [*colours, "#757575", "#767676"]) >= 4.5
    assert (ink_on("#3451b2"), ink_on("#93a8ff")) == ("#ffffff", "#000000")


def test_pages_are_told_what_was_chosen_and_the_ink_for_it() -> None:
    chosen = Appearance(accent="#93a8ff", welcome="Hello")
    payload = appearance_payload(chosen)
    assert (payload.pop("accent_ink"), payload.pop("accent_dark_ink")) == ("#000000", None)
    assert payload == chosen.model_dump()
    assert read_appearance(payload) == chosen


@pytest.mark.parametrize("kept", [{"accent": "red"}, {"radius": "4"}, {"colour": 1}, {"launcher": None}, ["accent"], 7])
def test_a_row_that_was_spoilt_by_hand_is_as_if_never_set(kept: dict[str, object]) -> None:
    assert read_appearance(kept) is NOTHING_CHOSEN


def test_it_is_frozen() -> None:
    with pytest.raises(ValidationError):
        NOTHING_CHOSEN.theme = "dark"  # type: ignore[misc]
