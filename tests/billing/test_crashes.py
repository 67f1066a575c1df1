"""Processes that die between any two steps: what they were doing is done again, and ends as if nobody had died."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest import mock

from django.db import transaction

from billing.events import handle_customer, waiting_customers
from billing.reconciliation import reconcile
from tenants.routers import SHARED
from tests.billing.life import TYPES, Life
from tests.billing.shop import Shop

RUNS = 10_000 if os.environ.get("PARLEY_PROVE") else 60
POINTS = (
    "billing.events.sync_customer",
    "billing.sync._read",
    "billing.sync._write_subscription",
    "billing.sync._write_invoices",
    "billing.sync.entitle",
    "billing.entitlements.change_entitlement",
    "tenants.entitlement.record",
    "tests.billing.life.store",
)


class Died(BaseException):
    """Nobody catches it, as nobody catches SIGKILL; transactions are rolled back, as PostgreSQL does it."""


class Fate:
    """Kills at one of the points, before or after what is done there."""

    def __init__(self) -> None:
        self.due: tuple[str, bool] | None = None
        self.deaths = 0

    @contextmanager
    def decides(self) -> Iterator[None]:
        with ExitStack() as patched:
            for point in POINTS:
                patched.enter_context(self._at(point))
            yield

    def _at(self, point: str) -> Any:
        module, _, name = point.rpartition(".")
        real: Callable[..., Any] = getattr(__import__(module, fromlist=[name]), name)

        def step(*arguments: Any, **named: Any) -> Any:
            self._strike(point, after=False)
            done = real(*arguments, **named)
            self._strike(point, after=True)
            return done

        return mock.patch(point, step)

    def _strike(self, point: str, *, after: bool) -> None:
        if self.due == (point, after):
            self.due = None
            self.deaths += 1
            raise Died


class Story:
    """One interleaving: stages come, events are delivered when they have happened, some never, some twice; jobs are
    done or not. Everybody may die on the way; who is not answered tells it again."""

    def __init__(self, life: Life, fate: Fate, chance: random.Random) -> None:
        self.life, self.fate, self.chance = life, fate, chance
        lost = chance.randrange(2 * len(TYPES))
        events = [number for number in range(len(TYPES)) if number != lost]
        self.to_come = [number for number in events for _ in range(chance.choice((1, 1, 2)))]
        chance.shuffle(self.to_come)

    def tell(self) -> None:
        while self.to_come or self.life.stage + 1 < len(TYPES):
            self._maybe_fatal(self.chance.choice((self._advance, self._deliver, self._deliver, self._work)))
        self.fate.due = None
        for customer in waiting_customers():
            handle_customer(customer, self.life.now)
        reconcile(self.life.now, self.life.tenancy.slug)

    def _maybe_fatal(self, deed: Callable[[], None]) -> None:
        is_fatal, after = self.chance.random() < 0.6, self.chance.random() < 0.5
        self.fate.due = (self.chance.choice(POINTS), after) if is_fatal else None
        with suppress(Died):
            deed()

    def _advance(self) -> None:
        self.life.stage = min(self.life.stage + 1, len(TYPES) - 1)

    def _deliver(self) -> None:
        number = next((each for each in self.to_come if each <= self.life.stage), None)
        if number is not None:
            with transaction.atomic(SHARED):
                self.life.store(number)
            self.to_come.remove(number)

    def _work(self) -> None:
        handle_customer(self.life.customer, self.life.now)


def test_random_interleavings_with_deaths_between_the_steps_end_as_the_life_without_any(shop: Shop) -> None:
    life, fate = Life(shop), Fate()
    with life.told():
        life.stage = len(TYPES) - 1
        reconcile(life.now, life.tenancy.slug)
        expected = life.final()
    with fate.decides():
        for run in range(RUNS):
            with life.told():
                Story(life, fate, random.Random(run)).tell()
                assert life.final() == expected, run
    assert fate.deaths > RUNS
    print(f"{RUNS} interleavings, {fate.deaths} deaths")
