"""What somebody picks on the pages where plans are sold, in the address of the next one: ``?plan=pro&interval=year``,
with ``currency`` and ``seats``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from billing.plans import CURRENCIES, LEAST_SEATS, PLANS, Interval, Plan
from billing.subscriptions import MOST_SEATS


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan that is sold."""

    plan: Plan
    interval: Interval
    currency: str
    seats: int

    @property
    def amount(self) -> int:
        """What all places together cost in one interval, in cents, before coupons and tax."""
        return self.seats * self.plan.prices[self.interval][self.currency]


def choice_of(asked: Mapping[str, str]) -> Choice | None:
    """None where no plan of ours is named that is for sale."""
    plan = PLANS.get(asked.get("plan", ""))
    if plan is None or not plan.is_sold:
        return None
    return Choice(
        plan, interval_of(asked.get("interval")), currency_of(asked.get("currency")), seats_of(asked.get("seats"))
    )


def wish_for(asked: Mapping[str, str]) -> dict[str, str]:
    """What sign-up passes on, to be picked again by whoever has signed up."""
    choice = choice_of(asked)
    if choice is None:
        return {}
    return {"plan": choice.plan.name, "interval": choice.interval.value, "currency": choice.currency}


def interval_of(said: str | None) -> Interval:
    """A month unless something else that we know is said."""
    return Interval.YEAR if said == Interval.YEAR else Interval.MONTH


def currency_of(said: str | None) -> str:
    return said if said in CURRENCIES else CURRENCIES[0]


def seats_of(said: str | None) -> int:
    number = int(said) if said and said.isascii() and said.isdecimal() and len(said) < 9 else LEAST_SEATS
    return min(max(number, LEAST_SEATS), MOST_SEATS)
