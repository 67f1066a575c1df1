"""The mails about billing: plain, short, each with the one thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.template.defaultfilters import filesizeformat

from billing.models import Subscription
from billing.plans import PLANS
from billing.wording import day
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Letter:
    """``button`` says what is done at the page of billing, the organisation's own or the operators'."""

    subject: str
    lines: tuple[str, ...]
    button: str


def trial_ends(subscription: Subscription, ends_at: datetime) -> Letter:
    name, plan = subscription.tenant.name, PLANS[subscription.plan].title
    end = day(ends_at)
    lines = (
        f"{name} tries the plan {plan} until {end}. From then on it is paid for.",
        "To keep it, make sure that there is a card. If you do not want it, cancel before that day: nothing is lost.",
    )
    return Letter(f"The trial of {plan} for {name} ends on {end}", lines, "See to billing")


def payment_failed(tenant: Tenant, read_only: datetime) -> Letter:
    lines = (
        f"The last payment for {tenant.name} did not go through. Everything works as before until {day(read_only)}.",
        "From that day on messages can be read, but not sent, until it is paid.",
    )
    return Letter(f"A payment for {tenant.name} failed", lines, "Pay now")


def read_only(tenant: Tenant, suspended: datetime) -> Letter:
    lines = (
        f"A payment for {tenant.name} is overdue. Its messages can be read and exported, but none can be sent.",
        f"Within a minute of paying all is as it was. Without payment {tenant.name} is closed on {day(suspended)}.",
    )
    return Letter(f"{tenant.name} can only be read now", lines, "Pay now")


def suspended(tenant: Tenant, kept_until: datetime) -> Letter:
    lines = (
        f"A payment for {tenant.name} is overdue, and it is closed to everybody. Its data is kept.",
        f"You can pay and export what was said. Pay by {day(kept_until)}: within a minute all is as it was.",
    )
    return Letter(f"{tenant.name} is suspended", lines, "Pay now")


def kept_long_enough(tenant: Tenant, kept_until: datetime) -> Letter:
    """To operators, with whom it rests."""
    lines = (
        f"{tenant.name} has not paid, and is suspended. Its data was to be kept until {day(kept_until)}.",
        "Nothing is deleted by itself. Remove the organisation, wait, or write to its owners: you decide.",
    )
    return Letter(f"The data of {tenant.name} was kept as long as promised", lines, "See its billing")


def restored(tenant: Tenant) -> Letter:
    lines = (f"Nothing is overdue for {tenant.name} any more. Thank you: everything can be read and sent again.",)
    return Letter(f"{tenant.name} works again", lines, "See your invoices")


_USED = {
    "monthly_active_users": "this month's active users",
    "monthly_messages": "this month's messages",
    "peak_connections": "its connections at once",
    "storage_bytes": "its storage",
}
_THEN = {
    "monthly_active_users": "whoever has not written this month can read, but not write, until the next month begins",
    "monthly_messages": "messages can be read, but none sent, until the next month begins",
    "peak_connections": "nobody more is let in while as many are connected",
    "storage_bytes": "no files can be sent until others are deleted",
}


def limit(tenant: Tenant, name: str, used: int, most: int) -> Letter:
    amount = f"{_amount(name, used)} of {_amount(name, most)}"
    if used >= most:
        subject = f"{tenant.name} has used up {_USED[name]}"
        then = f"From now on {_THEN[name]}."
    else:
        subject = f"{tenant.name} has used {used * 100 // most} % of {_USED[name]}"
        then = f"Once all is used, {_THEN[name]}."
    return Letter(subject, (f"{tenant.name} has used {amount} of {_USED[name]}.", then), "See the plans")


def _amount(name: str, number: int) -> str:
    return filesizeformat(number).replace("\xa0", " ") if name == "storage_bytes" else f"{number:,}"
