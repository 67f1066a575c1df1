"""What the organisation is on, uses and pays, and where that is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from billing import wording
from billing.choices import currency_of, interval_of
from billing.entitlements import BUYS, standing
from billing.gateway_stripe import has_stripe, is_live
from billing.models import Customer, Invoice, Subscription
from billing.plans import CURRENCIES, LEAST_SEATS, PLANS, Interval
from billing.pricing import ShownPlan, shown_plan
from billing.subscriptions import cancel_subscription, open_portal, resume_subscription
from tenants.audit import record
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.directory import host_name
from tenants.hosts import url_of
from tenants.models import Tenant
from tenants.usage import against_plan, usage_of_month

_MOST_INVOICES: Final = 24
_METERS: Final = {
    "active_users": "Active users this month",
    "messages": "Messages this month",
    "peak_connections": "Most connections at once this month",
    "stored_bytes": "Files",
    "seats": "Places in the team",
}


class PayingPage(TenantPage):
    """What the pages of billing share."""

    permit = Permit.BILLING_VIEW

    def row(self) -> Tenant:
        row: Tenant = Tenant.objects.get(pk=self.tenant.id)
        return row

    def subscription(self) -> Subscription | None:
        """The one that is in force."""
        return Subscription.objects.filter(tenant_id=self.tenant.id, status__in=BUYS).first()

    def url(self, page: str, query: str = "") -> str:
        """Of a page of this console, to come back to from Stripe, on the host that was left."""
        host = host_name(self.request.get_host()) or ""
        return f"{url_of(host)}{reverse(f'tenant:{page}')}{query}"

    def lead_on(self, url: str) -> HttpResponse:
        """To a page of Stripe. A form's answer could not lead there itself: the page's policy keeps forms at home."""
        context = {**self.site.each_context(self.request), "title": self.title(), "url": url}
        response = TemplateResponse(self.request, "billing/admin/onwards.html", context)
        response["Cache-Control"] = "no-store"
        return response


@tenant_console.page
class BillingPage(PayingPage):
    address = "billing"
    name = "billing"
    label = "Billing"
    template = "billing/admin/billing.html"
    section, icon, place = "Organisation", "credit_card", 80
    actions = {
        "portal": Permit.BILLING_CHANGE,
        "cancel": Permit.BILLING_CHANGE,
        "resume": Permit.BILLING_CHANGE,
    }
    fresh = frozenset({"portal", "cancel"})

    def context(self, **where: Any) -> dict[str, Any]:
        now, row = datetime.now(UTC), self.row()
        subscription, customer = self.subscription(), Customer.objects.filter(tenant=row).first()
        due = standing(row, now)
        meters = against_plan(row, usage_of_month(row.pk, now))
        return {
            "plan_title": wording.title_of(due.plan),
            "told": wording.standing_told(subscription, due),
            "subscription": subscription,
            "changes": bool(subscription and (subscription.next_plan or subscription.next_interval)),
            "standing": due,
            "meters": [(_METERS[meter.name], meter) for meter in meters],
            "is_sold": has_stripe(),
            **self._shop(subscription, customer),
            **stripe_mode(),
            "customer": customer,
            "invoices": Invoice.objects.filter(tenant=row).order_by("-created_at")[:_MOST_INVOICES],
        }

    def _shop(self, subscription: Subscription | None, customer: Customer | None) -> dict[str, Any]:
        """The plans, with the prices of what was bought last unless the address says otherwise."""
        asked = self.request.GET
        bought = subscription.currency if subscription else customer.currency if customer else ""
        interval = interval_of(asked.get("interval", subscription.interval if subscription else None))
        currency = bought or currency_of(asked.get("currency"))
        return {
            "offers": [
                _Offer(shown_plan(plan, interval, currency), _is_bought(subscription, plan.name, interval))
                for plan in PLANS.values()
                if plan.is_sold or plan.name == "free"
            ],
            "interval": interval,
            "currency": currency,
            "intervals": list(Interval),
            "currencies": () if bought else CURRENCIES,
            "seats": subscription.seats if subscription else LEAST_SEATS,
            "least_seats": LEAST_SEATS,
            "contact": settings.CONTACT_EMAIL,
        }

    def do_portal(self) -> HttpResponse:
        url = open_portal(self.row(), self.url("billing"))
        record(self.tenant, "portal.opened")
        return self.lead_on(url)

    def do_cancel(self) -> None:
        cancel_subscription(self.row())
        record(self.tenant, "subscription.cancelled")
        self.say("Cancelled. Everything stays as it is until the end of what you have paid for.")

    def do_resume(self) -> None:
        resume_subscription(self.row())
        record(self.tenant, "subscription.resumed")
        self.say("It goes on as before.")


@dataclass(frozen=True, slots=True)
class _Offer:
    shown: ShownPlan
    is_bought: bool


def _is_bought(subscription: Subscription | None, plan: str, interval: Interval) -> bool:
    if subscription is None:
        return plan == "free"
    return subscription.plan == plan and subscription.interval == interval


def stripe_mode() -> dict[str, bool]:
    """Whether money moves, and whether it is Stripe at all that is asked."""
    return {
        "is_test_mode": has_stripe() and not is_live(),
        "is_pretence": not is_live() and settings.STRIPE_API_BASE != _STRIPE,
    }


_STRIPE: Final = "https://api.stripe.com"
