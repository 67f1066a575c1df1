"""The index of attacks is whole: each has a reason and a test of its own that is there."""

from __future__ import annotations

from collections import Counter

from tests.support.named_tests import is_test, tables_of
from tests.support.plugin import ROOT

AREAS = tables_of(ROOT / "tests" / "isolation" / "ATTACKS.md")
ATTACKS = [attack for attacks in AREAS.values() for attack in attacks]


def test_each_attack_has_a_test_that_is_there() -> None:
    assert [name for name, _, test in ATTACKS if not is_test(test.strip("`"))] == []


def test_each_attack_has_a_name_a_reason_and_a_test_of_its_own() -> None:
    for part in zip(*ATTACKS, strict=True):
        assert [found for found, times in Counter(part).items() if times > 1 or not found] == []


def test_no_area_is_left_out() -> None:
    assert set(AREAS) >= {"Routing", "Database", "Objects", "Socket", "Text and files", "Accounts", "Billing"}
    assert len(ATTACKS) >= 70
