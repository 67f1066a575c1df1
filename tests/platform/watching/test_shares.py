"""Whose what is counted is, with few names for many tenants."""

from __future__ import annotations

from kit.figures import Tally
from watching.shares import OTHER, Shares

SLUGS = {"t_a": "acme", "t_b": "globex", "t_c": "initech"}


def _tally(messages: int, connections: int = 0) -> Tally:
    tally = Tally()
    tally.messages, tally.connections = messages, connections
    return tally


def test_the_busiest_have_names_and_the_sum_grows_by_what_happened() -> None:
    shares, tallies = Shares(most=2), {"t_a": _tally(5, 1), "t_b": _tally(3), "t_c": _tally(1, 2)}
    look = shares.look(tallies.items(), SLUGS)
    assert {slug: (share.sends, share.connections) for slug, share in look.items()} == {
        "acme": (5, 1),
        "globex": (3, 0),
        OTHER: (1, 2),
    }
    tallies["t_c"].messages += 100
    look = shares.look(tallies.items(), SLUGS)
    assert {slug: share.sends for slug, share in look.items()} == {"acme": 5, "initech": 100, OTHER: 1}
    assert look[OTHER].connections == 0


def test_a_tenant_whose_slug_is_not_known_yet_is_among_the_others_and_what_it_sent_stays_there() -> None:
    shares, tally = Shares(), _tally(2)
    assert shares.look([("t_a", tally)], {})[OTHER].sends == 2
    tally.messages += 1
    look = shares.look([("t_a", tally)], SLUGS)
    assert (look["acme"].sends, look[OTHER].sends) == (1, 2)


def test_a_tenant_that_was_quiet_and_forgotten_goes_on_where_it_was() -> None:
    shares = Shares()
    shares.look([("t_a", _tally(7))], SLUGS)
    assert shares.look([("t_a", _tally(2))], SLUGS)["acme"].sends == 9
