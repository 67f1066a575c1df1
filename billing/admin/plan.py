"""One plan that was picked: what it costs and from when on, before anything is bought or changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from billing.admin.billing import PayingPage, stripe_mode
from billing.choices import Choice, choice_of
from billing.models import Subscription
from billing.plans import TRIAL_DAYS
from billing.subscriptions import ChangePreview, change_subscription, preview_change, start_checkout
from kit.errors import ParleyError
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

    def context(self, **where: Any) -> dict[str, Any]:
        choice, subscription = self._choice(), self.subscription()
        return {
            "choice": choice,
            "subscription": subscription,
            "preview": self._preview(choice) if subscription else None,
            "trial_days": 0 if Subscription.objects.filter(tenant_id=self.tenant.id).exists() else TRIAL_DAYS,
            **stripe_mode(),
        }

    def do_checkout(self) -> HttpResponse:
        account, choice = self.request.user, self._choice()
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
        return self.lead_on(url)

    def do_change(self) -> HttpResponse:
        choice = self._choice()
        change_subscription(self.row(), choice.plan.name, choice.interval, choice.seats)
        self.say("Changed.")
        return HttpResponseRedirect(reverse("tenant:billing"))

    def _choice(self) -> Choice:
        choice = choice_of(self.request.GET.dict())
        if choice is None:
            raise Http404("There is no such plan for sale.")
        return choice

    def _preview(self, choice: Choice) -> ChangePreview | None:
        """None where it cannot be told; then why is said."""
        try:
            return preview_change(self.row(), choice.plan.name, choice.interval, choice.seats)
        except ParleyError as refusal:
            messages.error(self.request, refusal.detail)
            return None
