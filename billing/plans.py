"""Plans: what each lets a tenant use, and what it costs. The numbers are copied to the tenant's row when it gets the
plan, and the row is what counts: an operator may change a number there for one tenant alone.

What Stripe is told of a plan is told by ``lookup_key`` (https://docs.stripe.com/products-prices/manage-prices#lookup-keys);
its ids are nowhere in the code."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field

from tenants.records import MOST_UPLOAD_BYTES, Limits

CURRENCIES = ("usd", "eur")
TRIAL_DAYS = 14
LEAST_SEATS = 3
"""No plan is sold with fewer places in the team than the free one has."""


class Interval(enum.StrEnum):
    """How often is paid."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Plan:
    """``limits`` become columns of the tenant; where one of a month is larger than what is ``included``, what is used
    between the two is paid for, at ``overage`` (hundredths of a cent for one, by currency).

    ``prices``: in cents, for each place in the team (``seats``), by interval and currency. Empty: not for sale by
    itself. ``rank`` orders plans: to a higher one is an upgrade.
    """

    name: str
    title: str
    rank: int
    limits: Limits
    prices: dict[Interval, dict[str, int]] = field(default_factory=dict)
    included: dict[str, int] = field(default_factory=dict)
    overage: dict[str, dict[str, int]] = field(default_factory=dict)
    summary: str = ""

    @property
    def columns(self) -> dict[str, int | None]:
        return asdict(self.limits)

    @property
    def is_sold(self) -> bool:
        return bool(self.prices)

    def lookup_key(self, interval: Interval) -> str:
        """Of its price for a place in the team."""
        return f"parley_{self.name}_{interval}"

    def overage_key(self, measure: str, interval: Interval) -> str:
        """Of the price of what is used beyond what is included: ``monthly_active_users`` or another limit's name."""
        return f"parley_{self.name}_{measure}_{interval}"


PLANS = {
    plan.name: plan
    for plan in (
        Plan(
            "free",
            "Free",
            0,
            Limits(
                monthly_active_users=1_000,
                monthly_messages=500_000,
                peak_connections=1_000,
                rooms=20_000,
                retention_days=365,
                own_domains=1,
                seats=3,
            ),
            summary="To build with, and for small communities.",
        ),
        Plan(
            "pro",
            "Pro",
            1,
            Limits(
                sends_per_second=20,
                send_burst=60,
                rooms_per_connection=200,
                calls_per_second=100,
                call_burst=1_000,
                key_calls_per_second=1_000,
                key_call_burst=4_000,
                searches_per_second=10,
                search_burst=60,
                uploads_per_minute=120,
                connects_per_minute=240,
                address_connects_per_minute=12_000,
                upload_bytes=MOST_UPLOAD_BYTES,
                storage_bytes=20 << 30,
                monthly_active_users=100_000,
                monthly_messages=50_000_000,
                peak_connections=20_000,
                rooms=1_000_000,
                own_domains=5,
            ),
            prices={Interval.MONTH: {"usd": 19_00, "eur": 17_00}, Interval.YEAR: {"usd": 190_00, "eur": 170_00}},
            included={"monthly_active_users": 10_000},
            overage={"monthly_active_users": {"usd": 1_00, "eur": 90}},
            summary="For products that people use every day.",
        ),
        Plan(
            "scale",
            "Scale",
            2,
            Limits(
                sends_per_second=50,
                send_burst=150,
                rooms_per_connection=500,
                calls_per_second=200,
                call_burst=2_000,
                key_calls_per_second=2_500,
                key_call_burst=10_000,
                searches_per_second=20,
                search_burst=120,
                uploads_per_minute=300,
                connects_per_minute=600,
                address_connects_per_minute=30_000,
                upload_bytes=MOST_UPLOAD_BYTES,
                storage_bytes=200 << 30,
                monthly_active_users=2_000_000,
                monthly_messages=1_000_000_000,
                peak_connections=400_000,
                own_domains=20,
            ),
            prices={Interval.MONTH: {"usd": 149_00, "eur": 139_00}, Interval.YEAR: {"usd": 1_490_00, "eur": 1_390_00}},
            included={"monthly_active_users": 100_000},
            overage={"monthly_active_users": {"usd": 60, "eur": 55}},
            summary="For platforms with many communities.",
        ),
        Plan(
            "custom",
            "Custom",
            3,
            Limits(
                sends_per_second=50,
                send_burst=150,
                rooms_per_connection=1_000,
                calls_per_second=400,
                call_burst=4_000,
                key_calls_per_second=5_000,
                key_call_burst=20_000,
                searches_per_second=40,
                search_burst=240,
                uploads_per_minute=600,
                connects_per_minute=1_200,
                address_connects_per_minute=60_000,
                upload_bytes=MOST_UPLOAD_BYTES,
                storage_bytes=1 << 40,
            ),
            summary="By arrangement: your own limits, terms and region.",
        ),
    )
}
