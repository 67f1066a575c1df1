"""What one tenant bought, pays and was granted, and what Stripe told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse

from billing import wording
from billing.entitlements import BUYS, credit, end_grant, grant, standing
from billing.gateway_stripe import has_stripe
from billing.models import Customer, Grant, Invoice, StripeEvent, Subscription
from billing.plans import CURRENCIES
from billing.sync import sync_customer
from console.forms import LIMIT_LABELS, CreditForm, GrantForm
from console.pages.tenant import TenantPage
from console.permits import OperatorPermit
from console.site import operators
from kit.errors import NOT_FOUND, ParleyError

_MOST_ROWS = 50


@operators.page
class TenantBilling(TenantPage):
    address = "tenants/tenant/<int:tenant_id>/billing"
    name = "tenant_billing"
    label = tab = "Billing"
    tab_place = 25
    template = "console/tenant_billing.html"
    permit = OperatorPermit.REVENUE_VIEW
    actions = {
        "grant": OperatorPermit.REVENUE_CHANGE,
        "end_grant": OperatorPermit.REVENUE_CHANGE,
        "credit": OperatorPermit.REVENUE_CHANGE,
        "sync": OperatorPermit.REVENUE_CHANGE,
    }
    fresh = frozenset({"grant", "credit"})

    def context(self, **where: Any) -> dict[str, Any]:
        now, tenant = datetime.now(UTC), self.tenant
        customer = Customer.objects.filter(tenant=tenant).first()
        subscription = Subscription.objects.filter(tenant=tenant).first()
        due = standing(tenant, now)
        grants = Grant.objects.filter(tenant=tenant).select_related("granted_by").order_by("-granted_at")[:_MOST_ROWS]
        events = StripeEvent.objects.filter(customer=customer.stripe_id) if customer else StripeEvent.objects.none()
        return {
            "has_stripe": has_stripe(),
            "customer": customer,
            "subscription": subscription,
            "told": wording.standing_told(subscription, due),
            "plan_title": wording.title_of(due.plan),
            "standing": due,
            "buys": bool(subscription and subscription.status in BUYS),
            "invoices": Invoice.objects.filter(tenant=tenant).order_by("-created_at")[:_MOST_ROWS],
            "events": events.order_by("-created_at")[:_MOST_ROWS],
            "grants": [(each, _state_of(each, now), _given_by(each)) for each in grants],
            "form": GrantForm(),
            "credit_form": CreditForm(initial={"currency": customer.currency if customer else CURRENCIES[0]}),
        }

    def do_grant(self, **where: Any) -> HttpResponse | None:
        return self.filled(GrantForm(self.request.POST), self._grant, "Granted. It is in force within seconds.")

    def _grant(self, given: dict[str, Any]) -> None:
        days = given["days"]
        ends_at = datetime.now(UTC) + timedelta(days=days) if days else None
        grant(self.tenant, plan=given["plan"], reason=given["reason"], ends_at=ends_at, by=self.me())

    def do_end_grant(self, **where: Any) -> None:
        said = self.request.POST.get("grant", "")
        known = said.isascii() and said.isdecimal() and len(said) < 19
        found = Grant.objects.filter(tenant=self.tenant, pk=int(said)).first() if known else None
        if found is None:
            raise ParleyError(NOT_FOUND, "There is no such grant.")
        end_grant(found, self.me())
        self.say("Ended.")

    def do_credit(self, **where: Any) -> HttpResponse | None:
        form = CreditForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, **{**self.context(**where), "credit_form": form})
        credit(self.tenant, form.cents, form.cleaned_data["currency"], form.cleaned_data["reason"])
        self.say("Credited. It is taken off the next invoices.")
        return None

    def do_sync(self, **where: Any) -> None:
        customer = Customer.objects.filter(tenant=self.tenant).first()
        if customer is None:
            raise ParleyError(NOT_FOUND, "Stripe does not know this tenant.")
        sync_customer(customer.stripe_id, datetime.now(UTC))
        self.say("As Stripe has it now.")


def _state_of(grant: Grant, now: datetime) -> str:
    if grant.ended_at is not None:
        return "ended"
    return "over" if grant.ends_at is not None and grant.ends_at <= now else "in force"


def _given_by(grant: Grant) -> str:
    """What it gives, in words."""
    plan = [wording.title_of(grant.plan)] if grant.plan else []
    limits = [
        f"{LIMIT_LABELS.get(name, name).lower()}: {'no limit' if value is None else f'{value:,}'}"
        for name, value in grant.limits.items()
    ]
    return "; ".join([*plan, *limits])
