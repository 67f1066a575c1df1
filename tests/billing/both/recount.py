"""What things cost, reckoned from the plans alone and to the cent."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from billing.models import Invoice, Subscription
from billing.plans import PLANS, Interval


def cost(plan: str, seats: int = 3, interval: str = Interval.MONTH) -> int:
    """Of a whole period, in cents of the dollar."""
    return seats * PLANS[plan].prices[Interval(interval)]["usd"]


def rest(cents: int, period: Subscription, now: datetime) -> int:
    """What is left at ``now`` of a period that costs ``cents``, to the second
    (https://docs.stripe.com/billing/subscriptions/prorations)."""
    whole, left = (Decimal((period.period_end - at).total_seconds()) for at in (period.period_start, now))
    return int((cents * left / whole).quantize(Decimal(1), ROUND_HALF_UP))


def amounts(invoice: Invoice) -> list[int]:
    """Of the lines that say any, the smallest first."""
    return sorted(line["amount"] for line in invoice.lines if line["amount"])
