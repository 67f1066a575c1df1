"""What the platform earns, from billing's rows of what Stripe last said. However many tenants there are, each figure is
one statement, and money is in cents by currency: currencies are never added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncMonth

from billing.entitlements import BUYS
from billing.models import Invoice, Subscription
from billing.plans import PLANS, Interval
from tenants.usage import month_of

_MONTHS = 12
_MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Sold:
    """Subscriptions that are alike. ``monthly``: what they bring in a month, in cents, before coupons and tax."""

    plan: str
    interval: str
    currency: str
    on_trial: bool
    subscriptions: int
    seats: int
    unpaid: int

    @property
    def title(self) -> str:
        return PLANS[self.plan].title if self.plan in PLANS else self.plan

    @property
    def monthly(self) -> int:
        return monthly_of(self.plan, self.interval, self.currency, self.seats)


def monthly_of(plan: str, interval: str, currency: str, seats: int) -> int:
    prices = PLANS[plan].prices if plan in PLANS else {}
    amount = prices.get(Interval(interval), {}).get(currency, 0) * seats
    return amount // 12 if interval == Interval.YEAR else amount


def sold() -> list[Sold]:
    """Of all subscriptions in force, those that are alike together."""
    found = (
        Subscription.objects.filter(status__in=BUYS)
        .values("plan", "interval", "currency", on_trial=Q(status="trialing"))
        .annotate(
            subscriptions=Count("pk"), all_seats=Sum("seats"), unpaid=Count("pk", filter=Q(unpaid_since__isnull=False))
        )
        .order_by("plan", "interval", "currency", "on_trial")
    )
    return [_sold(row) for row in found]


def _sold(row: Mapping[str, Any]) -> Sold:
    return Sold(
        row["plan"],
        row["interval"],
        row["currency"],
        row["on_trial"],
        row["subscriptions"],
        row["all_seats"],
        row["unpaid"],
    )


@dataclass(frozen=True, slots=True)
class Recurring:
    """``monthly``: currency and cents of those that pay, trials not among them."""

    monthly: Sequence[tuple[str, int]]
    paying: int
    trials: int
    unpaid: int


def recurring(rows: Iterable[Sold]) -> Recurring:
    monthly: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for row in rows:
        counts["trials" if row.on_trial else "paying"] += row.subscriptions
        counts["unpaid"] += row.unpaid
        if not row.on_trial:
            monthly[row.currency] += row.monthly
    return Recurring(sorted(monthly.items()), counts["paying"], counts["trials"], counts["unpaid"])


def trials() -> QuerySet[Subscription]:
    """Those that end first, first."""
    running = Subscription.objects.filter(status="trialing").select_related("tenant")
    return running.order_by("trial_ends_at")[:_MOST_ROWS]


def unpaid() -> QuerySet[Subscription]:
    """In dunning, the longest first, each with what is ``owed``."""
    open_invoices = Invoice.objects.filter(tenant=OuterRef("tenant"), status="open").order_by().values("tenant")
    owed = Subquery(open_invoices.annotate(sum=Sum("amount_due")).values("sum"), output_field=IntegerField())
    behind = Subscription.objects.filter(status__in=BUYS, unpaid_since__isnull=False).select_related("tenant")
    return behind.annotate(owed=Coalesce(owed, 0)).order_by("unpaid_since")[:_MOST_ROWS]


@dataclass(frozen=True, slots=True)
class Churn:
    """Of those that were there when the month began, how many ``left`` since; what they brought in a month is lost."""

    there: int
    left: int
    lost: Sequence[tuple[str, int]]

    @property
    def percent(self) -> float:
        return 100 * self.left / self.there if self.there else 0.0


def churn(now: datetime) -> Churn:
    """Trials that ended without a payment are not among them: a trial's end is its subscription's first day paid."""
    month = month_of(now)
    before = Subscription.objects.filter(
        Q(trial_ends_at__isnull=True) | Q(trial_ends_at__lt=month), started_at__lt=month
    )
    stayed = Q(ended_at__isnull=True) | Q(ended_at__gte=month)
    rows = list(
        before.filter(stayed)
        .values("plan", "interval", "currency", left=Q(ended_at__isnull=False))
        .annotate(count=Count("pk"), all_seats=Sum("seats"))
    )
    lost: Counter[str] = Counter()
    for row in rows:
        if row["left"]:
            lost[row["currency"]] += monthly_of(row["plan"], row["interval"], row["currency"], row["all_seats"])
    left = sum(row["count"] for row in rows if row["left"])
    return Churn(sum(row["count"] for row in rows), left, sorted(lost.items()))


@dataclass(frozen=True, slots=True)
class Month:
    label: str
    cents: int

    @property
    def paid(self) -> int:
        """In whole units, for a chart."""
        return round(self.cents / 100)


def paid_by_month(now: datetime) -> dict[str, list[Month]]:
    """By currency, of what was invoiced in each of the last twelve months what is paid."""
    months = _last_months(now)
    found = (
        Invoice.objects.filter(created_at__gte=months[0], amount_paid__gt=0)
        .annotate(month=TruncMonth("created_at", tzinfo=UTC))
        .values("month", "currency")
        .annotate(cents=Sum(F("amount_paid")))
        .order_by("currency", "month")
    )
    paid = {(row["currency"], row["month"]): row["cents"] for row in found}
    currencies = sorted({currency for currency, _ in paid})
    return {
        currency: [Month(f"{month:%b %Y}", paid.get((currency, month), 0)) for month in months]
        for currency in currencies
    }


def _last_months(now: datetime) -> list[datetime]:
    this = month_of(now)
    count = this.year * 12 + this.month - 1
    return [this.replace(year=each // 12, month=each % 12 + 1) for each in range(count - _MONTHS + 1, count + 1)]
