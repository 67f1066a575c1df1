"""Where Stripe's checkout leads back to. It asks Stripe itself how it ended, and does not wait for an event of it."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from billing.admin.billing import PayingPage
from billing.plans import PLANS
from billing.subscriptions import confirm_checkout
from kit.errors import ParleyError
from tenants.consoles.tenant_console import tenant_console

_MOST_LOOKS: Final = 30
"""So often the page looks by itself, every two seconds; after that whoever waits decides."""
_MOST_OF_AN_ID: Final = 255


@tenant_console.page
class WelcomePage(PayingPage):
    address = "billing/welcome"
    name = "billing_welcome"
    label = "Your purchase"
    template = "billing/admin/welcome.html"

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        if "session_id" not in request.GET:
            return HttpResponseRedirect(reverse("tenant:billing"))
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, "billing/admin/outcome.html", self.context(**where))
        return super().get(request, **where)

    def context(self, **where: Any) -> dict[str, Any]:
        session_id = self.request.GET["session_id"][:_MOST_OF_AN_ID]
        looks = self._looks()
        state, problem = self._state(session_id)
        subscription = self.subscription()
        ended = state == "expired" or (state == "complete" and subscription is not None)
        return {
            "session_id": session_id,
            "state": state,
            "problem": problem,
            "subscription": subscription,
            "plan": PLANS.get(subscription.plan) if subscription else None,
            "looks": looks + 1,
            "looks_again": not ended and looks < _MOST_LOOKS,
            "takes_long": not ended and looks >= _MOST_LOOKS,
        }

    def _looks(self) -> int:
        said = self.request.GET.get("looks", "")
        return min(int(said), _MOST_LOOKS) if said.isascii() and said.isdecimal() and len(said) < 4 else 0

    def _state(self, session_id: str) -> tuple[str, str]:
        """As Stripe has it; or nothing, and why it is not known."""
        try:
            return str(confirm_checkout(self.row(), session_id)), ""
        except ParleyError as refusal:
            return "", refusal.detail
