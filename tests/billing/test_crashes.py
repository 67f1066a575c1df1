"""Processes that die between any two steps: what they were doing is done again, and ends as if nobody had died."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pkgutil import resolve_name
from typing import Any
from unittest import mock

import pytest
from django.db import transaction

from billing.events import handle_customer, waiting_customers
from billing.reconciliation import reconcile
from billing.subscriptions import cancel_subscription, change_subscription
from tenants.routers import SHARED
from tests.billing.life import TYPES, Life
from tests.billing.shop import DAY, Shop
from tests.support.cast import Tenancy, make_tenant

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
    def decides(self, points: Sequence[str] = POINTS) -> Iterator[None]:
        with ExitStack() as patched:
            for point in points:
                patched.enter_context(self._at(point))
            yield

    def _at(self, point: str) -> Any:
        real = resolve_name(point)

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


@pytest.mark.timeout(2 * 3_600 if RUNS > 60 else 120)
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


BUYING = ("create_customer", "update_customer", "create_checkout", "expire_checkout")
CHANGING = ("create_schedule", "update_schedule", "release_schedule", "update_subscription")
GATEWAY = tuple(f"billing.gateway_stripe.Gateway.{name}" for name in (*BUYING, *CHANGING))


def test_who_dies_while_buying_or_changing_and_does_it_again_has_done_it_once(shop: Shop) -> None:
    """After each thing that is done at Stripe, before anything of it is noted here."""
    fate = Fate()
    with fate.decides(GATEWAY):
        for point in GATEWAY:
            fate.due, tenancy = (point, True), make_tenant("dies")
            _buy(shop, tenancy)
            if point.endswith(CHANGING):
                _change(shop, tenancy)
    assert fate.deaths == len(GATEWAY)


def _buy(shop: Shop, tenancy: Tenancy) -> None:
    _twice(lambda: shop.wish(tenancy, "scale"))
    _twice(lambda: shop.wish(tenancy, "pro"))
    assert shop.customers(tenancy) == [shop.customer(tenancy).stripe_id]
    assert [session.status for session in shop.sessions(tenancy)] == ["open", "expired"]


def _change(shop: Shop, tenancy: Tenancy) -> None:
    tenant = tenancy.made.tenant
    shop.stand_in.pay(shop.customer(tenancy).checkout_id)
    shop.stand_in.advance(15 * DAY)
    shop.sync(tenancy)
    for plan, seats in (("pro", 5), ("scale", 5), ("pro", 3), ("pro", 4)):
        _twice(lambda plan=plan, seats=seats: change_subscription(tenant, plan, "month", seats))
    assert (shop.subscription(tenancy).plan, shop.subscription(tenancy).next_plan) == ("scale", "pro")
    upgraded = [invoice.total for invoice in shop.invoices(tenancy)]
    assert len(upgraded) == 4, "the trial's, the first, and one for each upgrade"
    _twice(lambda: cancel_subscription(tenant))
    assert (shop.subscription(tenancy).next_plan, shop.subscription(tenancy).ends_at is None) == ("", False)


def _twice(deed: Callable[[], object]) -> None:
    """A double click, and once more for each that died."""
    done = 0
    while done < 2:
        with suppress(Died):
            deed()
            done += 1
