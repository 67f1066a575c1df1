"""Stripe's arithmetic in whole cents: what a quantity costs, what a part of a period costs, when periods end."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

_SECONDS = {"day": 86_400, "week": 7 * 86_400}
_MONTHS = {"month": 1, "year": 12}


def whole_cents(amount: Fraction | Decimal | int) -> int:
    """Halves are rounded away from zero."""
    exact = Fraction(amount)
    cents = (abs(exact) + Fraction(1, 2)).__floor__()
    return cents if exact >= 0 else -cents


def cost(option: dict[str, Any], quantity: int, price: dict[str, Any]) -> int:
    """``option``: the price's amounts in the currency that is charged."""
    if turned := price["transform_quantity"]:
        up = turned["divide_by"] - 1 if turned["round"] == "up" else 0
        quantity = (quantity + up) // turned["divide_by"]
    if price["billing_scheme"] == "per_unit":
        return whole_cents(Decimal(option["unit_amount_decimal"]) * quantity)
    return _tiered(option.get("tiers") or price["tiers"], quantity, price["tiers_mode"])


def _tiered(tiers: list[dict[str, Any]], quantity: int, mode: str) -> int:
    """``volume``: all units at the price of the tier that the last one is in; ``graduated``: each at its own tier's."""
    total, below = Fraction(0), 0
    for tier in tiers:
        last = tier["up_to"] is None or quantity <= tier["up_to"]
        units = (quantity if last else tier["up_to"]) - below
        if mode == "volume":
            units = quantity if last else 0
        if units or (last and below == 0):
            flat = tier["flat_amount_decimal"] if (mode == "graduated" or last) else None
            total += Fraction(tier["unit_amount_decimal"] or 0) * units + Fraction(flat or 0)
        if last:
            break
        below = tier["up_to"]
    return whole_cents(total)


def prorated(amount: int, seconds: int, whole: int) -> int:
    """What ``seconds`` of a period of ``whole`` seconds cost."""
    return whole_cents(Fraction(amount * seconds, whole))


def moved(start: int, interval: str, count: int) -> int:
    """``count`` intervals after ``start``. A month without that day ends on its last."""
    if interval in _SECONDS:
        return start + _SECONDS[interval] * count
    then = datetime.fromtimestamp(start, UTC)
    month = then.month - 1 + _MONTHS[interval] * count
    year, month = then.year + month // 12, month % 12 + 1
    day = min(then.day, calendar.monthrange(year, month)[1])
    return int(then.replace(year=year, month=month, day=day).timestamp())


def period_end(anchor: int, interval: str, count: int, after: int) -> int:
    """The first boundary after ``after``, counted from ``anchor`` so that the 31st stays the 31st."""
    steps = 1
    while moved(anchor, interval, count * steps) <= after:
        steps += 1
    return moved(anchor, interval, count * steps) if anchor <= after else anchor
