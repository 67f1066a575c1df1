"""``/pricing`` on the public host: the plans side by side, with other prices for ``?interval=year&currency=eur``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from billing import wording
from billing.choices import currency_of, interval_of
from billing.plans import CURRENCIES, LEAST_SEATS, PLANS, TRIAL_DAYS, Interval, Plan


@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    interval = interval_of(request.GET.get("interval"))
    currency = currency_of(request.GET.get("currency"))
    context = {
        "plans": [shown_plan(plan, interval, currency) for plan in PLANS.values()],
        "interval": interval,
        "currency": currency,
        "intervals": [
            _Switch(label, each, urlencode({"interval": each, "currency": currency})) for each, label in _PAID
        ],
        "currencies": [
            _Switch(each.upper(), each, urlencode({"interval": interval, "currency": each})) for each in CURRENCIES
        ],
        "trial_days": TRIAL_DAYS,
        "least_seats": LEAST_SEATS,
        "may_sign_up": settings.SIGN_UP == "open",
        "contact": settings.CONTACT_EMAIL,
    }
    return render(request, "billing/pricing.html", context)


_PAID = ((Interval.MONTH, "Monthly"), (Interval.YEAR, "Yearly"))


@dataclass(frozen=True, slots=True)
class _Switch:
    label: str
    value: str
    query: str


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A plan with what it costs and gives, in words. ``amount``: in cents, for one place in the team; ``least``: for
    the fewest that are sold."""

    plan: Plan
    amount: int | None
    least: int | None
    saved_percent: int
    promises: Sequence[str]
    overages: Sequence[str]
    query: str
    """That names it on the pages where it is bought."""


def shown_plan(plan: Plan, interval: Interval, currency: str) -> ShownPlan:
    amount = plan.prices[interval][currency] if plan.is_sold else None
    return ShownPlan(
        plan,
        amount,
        None if amount is None else amount * LEAST_SEATS,
        _saved(plan, currency) if interval is Interval.YEAR else 0,
        wording.promises(plan),
        wording.overages(plan, currency),
        urlencode({"plan": plan.name, "interval": interval, "currency": currency}),
    )


def _saved(plan: Plan, currency: str) -> int:
    """Of twelve months, by paying for a year, in percent."""
    if not plan.is_sold:
        return 0
    twelve = 12 * plan.prices[Interval.MONTH][currency]
    return round(100 * (twelve - plan.prices[Interval.YEAR][currency]) / twelve)
