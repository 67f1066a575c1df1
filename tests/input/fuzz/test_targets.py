"""Every parser of people's bytes does what it promises, whatever it is given: the seeds, and what is made of them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.input.fuzz import NAMES, target_of

_EXAMPLES = 300


def _mutated(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """A part of a seed, something odd, and a part of another."""
    parts = st.tuples(st.sampled_from(seeds), st.integers(0, 200), st.integers(0, 200)).map(
        lambda cut: cut[0][cut[1] : cut[1] + cut[2]]
    )
    return st.tuples(parts, st.binary(max_size=6) | st.text(max_size=4).map(str.encode), parts).map(b"".join)


def test_there_is_a_target_for_whatever_parses_peoples_bytes() -> None:
    assert set(NAMES) >= {
        "frames",
        "wire",
        "tokens",
        "markdown",
        "mentions",
        "cursors",
        "people_csv",
        "files",
        "addresses",
    }


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_people_send_makes_it_break_its_promise(name: str) -> None:
    target = target_of(name)
    for seed in target.SEEDS:
        target.try_one(seed)

    @settings(max_examples=_EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(_mutated(target.SEEDS) | st.binary(max_size=100))
    def found(data: bytes) -> None:
        target.try_one(data)

    found()
