"""A life of six events, lived once at the stand-in and told again in any order.

At each of its stages what Stripe answers is recorded; telling it moves a tenant of its own through the stages while
events of the life are delivered, late, twice or never, and jobs read what Stripe has at that stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest import mock

from django.db import transaction

from billing.events import store
from billing.gateway_stripe import gateway
from billing.models import Customer, Invoice, StripeEvent, Subscription
from billing.stripe_objects import (
    StripeCustomer,
    StripeEventHead,
    StripeInvoice,
    StripeSchedule,
    StripeSubscription,
    event_head_from,
)
from billing.subscriptions import change_subscription
from tenants.models import Tenant
from tenants.routers import SHARED
from tests.billing.shop import DAY, Shop
from tests.support.cast import Tenancy, make_tenant

TYPES = (
    "checkout.session.completed",
    "customer.subscription.trial_will_end",
    "invoice.payment_failed",
    "invoice.paid",
    "customer.subscription.updated",
    "customer.subscription.deleted",
)


@dataclass(frozen=True)
class Stage:
    """What Stripe has, and the event by which it tells."""

    event: StripeEventHead
    now: datetime
    subscriptions: tuple[StripeSubscription, ...]
    invoices: tuple[StripeInvoice, ...]


class Life:
    """As a gateway it answers what Stripe has at ``stage``."""

    def __init__(self, shop: Shop) -> None:
        self.tenancy: Tenancy = make_tenant("life")
        self.stage = 0
        self.stages = list(_lived(shop, self.tenancy))
        self.customer = shop.customer(self.tenancy).stripe_id
        assert [stage.event.type for stage in self.stages] == list(TYPES)

    @property
    def now(self) -> datetime:
        return self.stages[self.stage].now

    def subscriptions(self, customer: str) -> list[StripeSubscription]:
        return list(self.stages[self.stage].subscriptions)

    def invoices(self, customer: str) -> list[StripeInvoice]:
        return list(self.stages[self.stage].invoices)

    def schedule(self, schedule: str) -> StripeSchedule:
        raise AssertionError("there is none in this life")

    def customers(self) -> Iterator[StripeCustomer]:
        yield StripeCustomer(self.customer, self.tenancy.schema_name, "owner@example.com", deleted=False)

    def store(self, number: int) -> bool:
        return store(self.stages[number].event)

    def final(self) -> dict[str, Any]:
        """All rows that billing has of the tenant, but for when it looked."""
        mine = {"tenant_id": self.tenancy.record.id}
        return {
            "tenant": list(Tenant.objects.filter(pk=self.tenancy.record.id).values(*_ENTITLED)),
            "subscription": list(Subscription.objects.filter(**mine).values()),
            "invoices": list(Invoice.objects.filter(**mine).order_by("pk").values()),
            "customer": list(Customer.objects.filter(**mine).values("stripe_id", "currency")),
        }

    @contextmanager
    def told(self) -> Iterator[None]:
        """From its beginning; afterwards nothing of it is left."""
        self.stage = 0
        with (
            mock.patch("billing.sync.gateway", return_value=self),
            mock.patch("billing.reconciliation.gateway", return_value=self),
            tried(),
        ):
            yield


_ENTITLED = ("plan", "service", "seats", "monthly_messages", "storage_bytes", "rooms")


@contextmanager
def tried() -> Iterator[None]:
    """What is done within is undone at its end."""
    with transaction.atomic(SHARED):
        yield
        transaction.set_rollback(True, using=SHARED)


def _lived(shop: Shop, tenancy: Tenancy) -> Iterator[Stage]:
    client, since = shop.stand_in.client().v1, len(shop.stand_in.events)

    def stage(kind: str) -> Stage:
        nonlocal since
        events = shop.stand_in.events
        event = next(each for each in reversed(events[since:]) if each["type"] == kind)
        since = len(events)
        customer = shop.customer(tenancy).stripe_id
        stripe = gateway()
        return Stage(
            event_head_from(event), shop.now, tuple(stripe.subscriptions(customer)), tuple(stripe.invoices(customer))
        )

    def bought() -> Any:
        [found] = shop.live(tenancy)
        return found

    shop.wish(tenancy)
    shop.stand_in.pay(shop.customer(tenancy).checkout_id)
    yield stage("checkout.session.completed")
    shop.stand_in.advance(12 * DAY)
    yield stage("customer.subscription.trial_will_end")
    changes: Any = {"default_payment_method": "pm_card_chargeCustomerFail"}
    client.subscriptions.update(bought().id, changes)
    shop.stand_in.advance(3 * DAY)
    yield stage("invoice.payment_failed")
    changes = {"payment_method": "pm_card_visa"}
    client.invoices.pay(str(bought().latest_invoice), changes)
    changes = {"default_payment_method": "pm_card_visa"}
    client.subscriptions.update(bought().id, changes)
    yield stage("invoice.paid")
    change_subscription(tenancy.made.tenant, "scale", "month", 4)
    yield stage("customer.subscription.updated")
    client.subscriptions.cancel(bought().id)
    shop.stand_in.advance(60)
    yield stage("customer.subscription.deleted")
    _forget(tenancy)


def _forget(tenancy: Tenancy) -> None:
    for model in (Subscription, Invoice, StripeEvent):
        rows = model.objects.all()
        (rows if model is StripeEvent else rows.filter(tenant=tenancy.made.tenant)).delete()
    Tenant.objects.filter(pk=tenancy.record.id).update(
        **{name: getattr(tenancy.made.tenant, name) for name in _ENTITLED}, plan_since=None
    )
