"""One plan that was picked: what it costs and from when on, before anything is bought or changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from billing.admin.billing import PayingPage, stripe_mode
from billing.choices import Choice, choice_of
from billing.gateway_stripe import has_stripe
from billing.models import Subscription
from billing.plans import TRIAL_DAYS
from billing.subscriptions import ChangePreview, change_subscription, preview_change, start_checkout
from kit.errors import INVALID, ParleyError
from tenants.audit import record
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.models import Account

_MOST_OF_A_COUPON = 100


@tenant_console.page
class PlanPage(PayingPage):
    address = "billing/plan"
    name = "billing_plan"
    label = "Your choice"
    template = "billing/admin/plan.html"
    actions = {"checkout": Permit.BILLING_CHANGE, "change": Permit.BILLING_CHANGE}
    fresh = frozenset({"checkout", "change"})

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        """Where nothing is sold, or nothing was picked, it leads to where one picks."""
        if choice_of(request.GET) is None or not has_stripe():
            return HttpResponseRedirect(reverse("tenant:billing"))
        return super().get(request, **where)

    @cached_property
    def choice(self) -> Choice:
        """In the currency that is paid in already, if any is."""
        choice, subscription = choice_of(self.request.GET), self.subscription()
        if choice is None:
            raise ParleyError(INVALID, "Pick a plan first.")
        return replace(choice, currency=subscription.currency) if subscription else choice

    def context(self, **where: Any) -> dict[str, Any]:
        choice, subscription = self.choice, self.subscription()
        return {
            "choice": choice,
            "subscription": subscription,
            "preview": self._preview(choice) if subscription else None,
            "trial_days": 0 if Subscription.objects.filter(tenant_id=self.tenant.id).exists() else TRIAL_DAYS,
            **stripe_mode(),
        }

    def do_checkout(self) -> HttpResponse:
        account, choice = self.request.user, self.choice
        assert isinstance(account, Account)
        url = start_checkout(
            self.row(),
            email=account.email,
            plan=choice.plan.name,
            interval=choice.interval,
            seats=choice.seats,
            currency=choice.currency,
            coupon=self.posted("coupon", _MOST_OF_A_COUPON),
            success_url=self.url("billing_welcome", "?session_id={CHECKOUT_SESSION_ID}"),
            cancel_url=self.url("billing"),
        )
        record(self.tenant, "checkout.started", f"plan:{choice.plan.name}", after=self._told())
        return self.lead_on(url)

    def do_change(self) -> HttpResponse:
        choice = self.choice
        change_subscription(self.row(), choice.plan.name, choice.interval, choice.seats)
        record(self.tenant, "subscription.changed", f"plan:{choice.plan.name}", after=self._told())
        self.say("Changed.")
        return HttpResponseRedirect(reverse("tenant:billing"))

    def _told(self) -> dict[str, Any]:
        return {"interval": self.choice.interval, "seats": self.choice.seats, "currency": self.choice.currency}

    def _preview(self, choice: Choice) -> ChangePreview | None:
        """None where it cannot be told; then why is said."""
        try:
            return preview_change(self.row(), choice.plan.name, choice.interval, choice.seats)
        except ParleyError as refusal:
            messages.error(self.request, refusal.detail)
            return None
