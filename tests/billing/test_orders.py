"""Whatever comes of a life's events, in whichever order, however often: the same rows in the end."""

from __future__ import annotations

import os
from collections import Counter
from math import factorial

import pytest

from billing.events import handle_customer
from billing.reconciliation import reconcile
from tests.billing.life import TYPES, Life, tried
from tests.billing.shop import Shop

PROVE = bool(os.environ.get("PARLEY_PROVE"))
"""Tell every order to its end, also from where another one already stood alike, and lose each event."""
ALL = tuple(range(len(TYPES)))
LOST = (None, *ALL) if PROVE else (None, TYPES.index("invoice.payment_failed"))


@pytest.mark.timeout(3_600 if PROVE else 120)
def test_all_720_orders_with_repeats_and_with_an_event_lost_end_alike(shop: Shop) -> None:
    life = Life(shop)
    orders = Orders(life, _told_in_order(life))
    with life.told():
        for lost in LOST:
            orders.tell(ALL, lost)
    assert orders.told == {lost: factorial(len(ALL)) for lost in LOST}


def _told_in_order(life: Life) -> object:
    with life.told():
        for number in ALL:
            life.stage = number
            _deliver(life, number)
        return life.final()


def _deliver(life: Life, number: int) -> None:
    """Again before the job that it left is done, and again afterwards."""
    assert life.store(number)
    assert not life.store(number)
    handle_customer(life.customer, life.now)
    assert not life.store(number)


class Orders:
    """All orders as a tree: what two begin with alike is done once, and undone behind each. Two that have the same
    before them, and the same rows, have the same end."""

    def __init__(self, life: Life, expected: object) -> None:
        self.life = life
        self.expected = expected
        self.told: Counter[int | None] = Counter()
        self._seen: set[str] = set()

    def tell(self, left: tuple[int, ...], lost: int | None) -> None:
        if not left:
            self._end(lost)
        elif self._is_new(left, lost):
            for number in left:
                self._next(number, left, lost)
        else:
            self.told[lost] += factorial(len(left))

    def _is_new(self, left: tuple[int, ...], lost: int | None) -> bool:
        here = f"{lost} {left} {self.life.stage} {self.life.final()}"
        is_new = PROVE or here not in self._seen
        self._seen.add(here)
        return is_new

    def _next(self, number: int, left: tuple[int, ...], lost: int | None) -> None:
        reached = self.life.stage
        self.life.stage = max(reached, number)
        with tried():
            if number != lost:
                _deliver(self.life, number)
            self.tell(tuple(other for other in left if other != number), lost)
        self.life.stage = reached

    def _end(self, lost: int | None) -> None:
        if lost is not None:
            reconcile(self.life.now, self.life.tenancy.slug)
        assert self.life.final() == self.expected
        self.told[lost] += 1
