"""Rules of conduct as they are kept and read."""

from __future__ import annotations

from typing import Any

import pytest

from kit.conduct import Conduct, Flood, Newcomers, Repeats, make_conduct, read_conduct
from kit.content import InvalidRule

FLOOD = {"messages": 5, "seconds": 10, "mute_minutes": 2}


def test_what_is_absent_does_not_act() -> None:
    assert make_conduct({}) is None
    assert make_conduct({"flood": {}}) is None
    assert make_conduct({"flood": FLOOD}) == Conduct(flood=Flood(5, 10, 2))
    every = {"flood": FLOOD, "repeats": {"times": 3, "seconds": 60}, "newcomers": {"hours": 24}}
    assert make_conduct(every) == Conduct(Flood(5, 10, 2), Repeats(3, 60, "refuse", 5), Newcomers(24))


@pytest.mark.parametrize(
    ("kept", "field"),
    [
        ({"floods": FLOOD}, "floods"),
        ({"flood": {**FLOOD, "messages": 0}}, "flood.messages"),
        ({"flood": {**FLOOD, "messages": 101}}, "flood.messages"),
        ({"flood": {**FLOOD, "seconds": True}}, "flood.seconds"),
        ({"flood": {**FLOOD, "other": 1}}, "flood.other"),
        ({"repeats": {"times": 3, "seconds": 60, "action": "ban"}}, "repeats.action"),
        ({"newcomers": {"hours": 1.5}}, "newcomers.hours"),
        ({"flood": {"messages": 3}}, "flood"),
    ],
)
def test_a_rule_that_cannot_be_one_is_named(kept: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        make_conduct(kept)
    assert refused.value.field == field


@pytest.mark.parametrize("kept", [{"flood": 7}, {"flood": {"messages": 3}}, {"nonsense": {"a": 1}}, ["flood"]])
def test_what_cannot_be_read_mutes_nobody(kept: Any) -> None:
    assert read_conduct(kept) is None
