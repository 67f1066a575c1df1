"""Billing in plain words: amounts, what a plan gives, how a subscription stands. Pages and mails say the same."""

from __future__ import annotations

from collections.abc import Iterator

from billing.plans import TRIAL_DAYS, Interval, Plan

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


def trial(plan: Plan) -> str:
    return f"{TRIAL_DAYS} days free" if plan.is_sold else ""


def per(interval: Interval) -> str:
    return f"a {interval.value}"


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
