"""A Stripe account in which our plans are sold, and what happens between it and us, step by step in one thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from billing.catalogue import set_up
from billing.events import handle_customer, waiting_customers
from billing.gateway_stripe import gateway
from billing.models import Customer, Invoice, Subscription
from billing.subscriptions import start_checkout
from billing.sync import sync_customer
from billing.webhooks import webhook
from tenants.models import Tenant
from tenants.routers import SHARED
from tests.support.cast import Tenancy
from tests.support.stripe import KEY, StripeStandIn

BEGIN = 1_800_000_000
DAY = 86_400
SECRET = "whsec_shop"
HOOK = "https://chat.example.com/billing/webhook"


class Shop:
    def __init__(self, stand_in: StripeStandIn) -> None:
        self.stand_in = stand_in

    @property
    def asked(self) -> int:
        """How many requests the API had, answered or not."""
        return int(self.stand_in.call(lambda: self.stand_in.world._counts["req"]))

    def settings(self) -> override_settings:
        """Whoever asks for Stripe meanwhile is in this shop."""
        return override_settings(
            STRIPE_SECRET_KEY=KEY,
            STRIPE_API_BASE=self.stand_in.url,
            STRIPE_WEBHOOK_SECRET=SECRET,
            STRIPE_AUTOMATIC_TAX=False,
        )

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.stand_in.call(self.stand_in.world.now), UTC)

    def wish(self, tenancy: Tenancy, plan: str = "pro", **wanted: Any) -> str:
        """The address of the page to pay on."""
        asked = {"interval": "month", "seats": 3, "currency": "usd", "email": "owner@example.com", **wanted}
        urls = {"success_url": "https://a.example/back?{CHECKOUT_SESSION_ID}", "cancel_url": "https://a.example/no"}
        return start_checkout(tenancy.made.tenant, plan=plan, **asked, **urls)

    def buy(self, tenancy: Tenancy, plan: str = "pro", card: str = "pm_card_visa", **wanted: Any) -> Subscription:
        self.wish(tenancy, plan, **wanted)
        self.stand_in.pay(self.customer(tenancy).checkout_id, card)
        self.sync(tenancy)
        return self.subscription(tenancy)

    def sync(self, tenancy: Tenancy) -> frozenset[str]:
        return sync_customer(self.customer(tenancy).stripe_id, self.now)

    def customer(self, tenancy: Tenancy) -> Customer:
        return Customer.objects.get(tenant=tenancy.made.tenant)

    def subscription(self, tenancy: Tenancy) -> Subscription:
        return Subscription.objects.get(tenant=tenancy.made.tenant)

    def invoices(self, tenancy: Tenancy) -> list[Invoice]:
        """The newest first."""
        return list(Invoice.objects.filter(tenant=tenancy.made.tenant).order_by("-created_at", "-stripe_id"))

    def row(self, tenancy: Tenancy) -> Tenant:
        return Tenant.objects.get(pk=tenancy.record.id)

    def card(self, tenancy: Tenancy, card: str) -> None:
        """The customer's card from now on."""
        changes: Any = {"default_payment_method": card}
        self.stand_in.client().v1.subscriptions.update(self.subscription(tenancy).stripe_id, changes)

    def customers(self, tenancy: Tenancy) -> list[str]:
        """Stripe's customers that are this tenant."""
        found = self.stand_in.call(lambda: list(self.stand_in.world.all("customer")))
        return [each["id"] for each in found if each["metadata"].get("parley_tenant") == tenancy.schema_name]

    def sessions(self, tenancy: Tenancy) -> list[Any]:
        """All Checkout Sessions there ever were, the newest first."""
        asked: Any = {"customer": self.customer(tenancy).stripe_id}
        return list(self.stand_in.client().v1.checkout.sessions.list(asked).data)

    def live(self, tenancy: Tenancy) -> list[Any]:
        """What Stripe has."""
        asked: Any = {"customer": self.customer(tenancy).stripe_id}
        return list(self.stand_in.client().v1.subscriptions.list(asked).data)


@contextmanager
def open_shop() -> Iterator[Shop]:
    with StripeStandIn(now=BEGIN) as stand_in:
        shop = Shop(stand_in)
        with shop.settings():
            set_up(gateway(60), HOOK, dry_run=False)
        yield shop


def tell(event: dict[str, Any], *, secret: str = SECRET, at: int | None = None) -> HttpResponse:
    """Deliver an event: the answer."""
    return post(*StripeStandIn.signed(event, secret, at))


def post(body: bytes, signature: str) -> HttpResponse:
    headers = {"Stripe-Signature": signature}
    return webhook(_posts.post("/billing/webhook", body, "application/json", headers=headers))


_posts = RequestFactory()


def work(now: datetime) -> int:
    """Do the jobs that webhooks left, as a worker would; how many there were."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'billing.tasks.handle_events' AND status = 'todo'"
        )
        jobs = cursor.rowcount
    for customer in waiting_customers() if jobs else ():
        handle_customer(customer, now)
    return jobs
