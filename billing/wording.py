"""Billing in plain words: amounts, what a plan gives, how a subscription stands. Pages and mails say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from billing.entitlements import BUYS, Banner, Standing
from billing.models import Subscription
from billing.plans import PLANS, Interval, Plan

_SIGNS = {"usd": "$", "eur": "€"}
_MINUS = "\N{MINUS SIGN}"
_UNITS = {"monthly_active_users": "active user"}


def money(cents: int, currency: str) -> str:
    """To the cent: ``$1,490.00``; a currency without a sign of its own by its code."""
    sign = _SIGNS.get(currency, f"{currency.upper()} ")
    return f"{_MINUS if cents < 0 else ''}{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02}"


def price(cents: int, currency: str) -> str:
    """As a plan has it: without the cents where there are none."""
    return money(cents, currency).removesuffix(".00")


def title_of(plan: str) -> str:
    """A plan that is none of ours, of a tenant that was given it by hand, goes by its name."""
    return PLANS[plan].title if plan in PLANS else plan


def promises(plan: Plan) -> list[str]:
    """What the plan lets a tenant use, the most asked for first."""
    return [*_of_month(plan), *_of_limits(plan)]


def _of_month(plan: Plan) -> Iterator[str]:
    included = plan.included.get("monthly_active_users")
    if included is not None:
        yield f"{included:,} active users a month included, up to {_count(plan.limits.monthly_active_users)}"
    else:
        yield f"{_count(plan.limits.monthly_active_users)} active users a month"
    yield f"{_count(plan.limits.monthly_messages)} messages a month"
    yield f"{_count(plan.limits.peak_connections)} connections at once"


def _of_limits(plan: Plan) -> Iterator[str]:
    limits = plan.limits
    yield f"{_bytes(limits.storage_bytes)} of files, each up to {_bytes(limits.upload_bytes)}"
    yield f"{_count(limits.rooms)} rooms"
    yield (
        "Messages kept as long as you like"
        if limits.retention_days is None
        else (f"Messages kept for {_days(limits.retention_days)}")
    )
    yield _domains(limits.own_domains)
    yield f"{limits.seats} places in the team" if limits.seats is not None else "As many places in the team as you take"


def overages(plan: Plan, currency: str) -> list[str]:
    """What is paid beyond what is included: ``$10 for each 1,000 active users above 10,000``. Overage is kept in
    hundredths of a cent, so a thousand of them cost ten times as many cents."""
    return [
        f"{price(prices[currency] * 10, currency)} for each 1,000 {_UNITS[measure]}s above {plan.included[measure]:,}"
        for measure, prices in plan.overage.items()
    ]


def _count(most: int | None) -> str:
    if most is None:
        return "Unlimited"
    for word, size in (("billion", 10**9), ("million", 10**6)):
        if most >= size and most % size == 0:
            return f"{most // size:,} {word}"
    return f"{most:,}"


def _bytes(number: int) -> str:
    for unit, size in (("TB", 1 << 40), ("GB", 1 << 30)):
        if number >= size:
            return f"{number // size}\N{NO-BREAK SPACE}{unit}"
    return f"{number >> 20}\N{NO-BREAK SPACE}MB"


def _days(number: int) -> str:
    return "a year" if number == 365 else f"{number} days"


def _domains(most: int | None) -> str:
    if most is None:
        return "Domains of your own"
    return "A domain of your own" if most == 1 else f"{most} domains of your own"


# How it stands


def standing_told(subscription: Subscription | None, standing: Standing) -> str:
    """One sentence or two: what there is, until when, and what comes then."""
    plan = title_of(standing.plan)
    if standing.banner is not None and standing.banner != Banner.TRIAL:
        return warning(standing) or ""
    if subscription is None or subscription.status not in BUYS:
        return f"You are on {plan}" + (". It costs nothing." if standing.plan == "free" else ", by arrangement.")
    cost = f"{money(cost_of(subscription), subscription.currency)} a {subscription.interval}"
    if standing.banner == Banner.TRIAL and standing.until is not None:
        return f"You try {plan} until {day(standing.until)}. From then on it costs {cost}, unless you cancel before."
    if subscription.next_plan or subscription.next_interval:
        return f"You are on {plan}. From {day(subscription.period_end)} on it is {_next(subscription)}."
    return f"You are on {plan}: {places(subscription.seats)}, {cost}. It renews on {day(subscription.period_end)}."


def warning(standing: Standing) -> str | None:
    """What has to be known on every page; None while all is well."""
    if standing.banner is None or standing.until is None:
        return None
    words = _WARNINGS.get(Banner(standing.banner))
    return words.format(plan=title_of(standing.plan), until=day(standing.until)) if words else None


_WARNINGS = {
    Banner.ENDING: "{plan} is cancelled and stays until {until}. After that you are on Free; nothing is deleted.",
    Banner.PAYMENT_FAILED: (
        "A payment failed. Everything works until {until}; after that nothing can be written until you pay."
    ),
    Banner.READ_ONLY: (
        "A payment is overdue: all can be read, exported and paid, and nothing written. On {until} it is suspended; "
        "nothing is deleted."
    ),
    Banner.SUSPENDED: (
        "Suspended, as a payment is overdue. The data is kept until {until} at least. Once you pay, all is as before."
    ),
}


def cost_of(subscription: Subscription) -> int:
    """In cents for one interval, before coupons, tax and what is used beyond what is included."""
    prices = PLANS[subscription.plan].prices if subscription.plan in PLANS else {}
    return subscription.seats * prices.get(Interval(subscription.interval), {}).get(subscription.currency, 0)


def _next(subscription: Subscription) -> str:
    plan = title_of(subscription.next_plan or subscription.plan)
    interval = subscription.next_interval or subscription.interval
    return f"{plan}, paid {'yearly' if interval == Interval.YEAR else 'monthly'}"


def places(seats: int) -> str:
    return "a place in the team" if seats == 1 else f"{seats:,} places in the team"


def day(moment: datetime) -> str:
    """For instance ``6 December 2026``, in UTC."""
    return f"{moment.astimezone(UTC):%-d %B %Y}"
