"""Whatever comes of a life's events, in whichever order, however often: the same rows in the end."""

from __future__ import annotations

import os
from collections import Counter
from itertools import permutations

from billing.events import handle_customer
from billing.reconciliation import reconcile
from tests.billing.life import TYPES, Life, tried
from tests.billing.shop import Shop

PROVE = bool(os.environ.get("PARLEY_PROVE"))
ALL = tuple(range(len(TYPES)))


def deliver(life: Life, number: int) -> None:
    """Twice, and the job that it left."""
    assert life.store(number)
    assert not life.store(number)
    handle_customer(life.customer, life.now)
    assert not life.store(number)


class Orders:
    """All orders as a tree: what two begin with alike is done once, and undone behind each."""

    def __init__(self, life: Life, expected: object) -> None:
        self.life = life
        self.expected = expected
        self.seen: Counter[str] = Counter()

    def tell(self, left: tuple[int, ...], lost: int | None) -> None:
        if not left:
            self._end(lost)
            return
        reached = self.life.stage
        for number in left:
            self.life.stage = max(reached, number)
            with tried():
                if number != lost:
                    deliver(self.life, number)
                self.tell(tuple(other for other in left if other != number), lost)
            self.life.stage = reached

    def _end(self, lost: int | None) -> None:
        if lost is None:
            assert self.life.final() == self.expected
        else:
            reconcile(self.life.now, self.life.tenancy.slug)
            assert self.life.final() == self.expected
        self.seen["whole" if lost is None else "lost"] += 1


def told_in_order(life: Life) -> object:
    with life.told():
        for number in ALL:
            life.stage = number
            deliver(life, number)
        return life.final()


def test_all_720_orders_with_repeats_and_each_event_lost_once_end_alike(shop: Shop) -> None:
    life = Life(shop)
    expected = told_in_order(life)
    orders = Orders(life, expected)
    with life.told():
        orders.tell(ALL, lost=None)
        for lost in ALL if PROVE else ALL[:1]:
            orders.tell(ALL, lost=lost)
    assert orders.seen["whole"] == len(list(permutations(ALL)))
