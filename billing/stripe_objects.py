"""What Stripe answers, as far as Parley reads it: frozen, typed, read from its JSON
(https://docs.stripe.com/api, of the version that the stripe library pins)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]

TENANT_KEY = "parley_tenant"
PLAN_KEY = "parley_plan"
MEASURE_KEY = "parley_measure"
PORTAL_KEY = "parley_portal"
"""Metadata: the tenant's schema; on prices the plan, and what is measured where use is paid for; on the portal's
configuration, that it is ours."""

LIVE = frozenset({"trialing", "active", "past_due", "unpaid", "paused"})
"""A subscription that goes on. One whose first payment is open (``incomplete``) never was."""
_NEVER_WAS = frozenset({"incomplete", "incomplete_expired"})


@dataclass(frozen=True, slots=True)
class StripeCustomer:
    """``tenant``: the schema of the tenant whose customer it is, or nothing."""

    id: str
    tenant: str
    email: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class StripePrice:
    """``measure``: which limit's use is paid for; empty for the price of a seat. ``amounts``: by currency, in cents;
    None where tiers say it."""

    id: str
    lookup_key: str
    product: str
    plan: str
    measure: str
    interval: str
    amounts: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class StripeItem:
    """One price of a subscription."""

    id: str
    price: StripePrice
    quantity: int


@dataclass(frozen=True, slots=True)
class StripeSubscription:
    """https://docs.stripe.com/api/subscriptions/object. ``plan``, ``interval`` and ``seats`` are those of the item that
    is paid by seat."""

    id: str
    customer: str
    status: str
    plan: str
    interval: str
    seats: int
    currency: str
    created_at: datetime
    started_at: datetime
    trial_ends_at: datetime | None
    period_start: datetime
    period_end: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    schedule: str
    items: tuple[StripeItem, ...]

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def ever_was(self) -> bool:
        return self.status not in _NEVER_WAS


@dataclass(frozen=True, slots=True)
class StripePhase:
    """A stretch of a schedule. ``terms`` is what has to be said again to keep it as it is."""

    start: datetime
    end: datetime | None
    plan: str
    interval: str
    seats: int
    terms: Json


@dataclass(frozen=True, slots=True)
class StripeSchedule:
    """https://docs.stripe.com/api/subscription_schedules/object"""

    id: str
    status: str
    phases: tuple[StripePhase, ...]

    def next_phase(self, after: datetime) -> StripePhase | None:
        """The one that begins at ``after`` or later."""
        return next((phase for phase in self.phases if phase.start >= after), None)


@dataclass(frozen=True, slots=True)
class StripeInvoice:
    """https://docs.stripe.com/api/invoices/object. ``failed_at``: Stripe tries for the first time when an invoice is
    finalized and notes no time of its own for it."""

    id: str
    subscription: str
    number: str
    status: str
    currency: str
    subtotal: int
    tax: int
    total: int
    amount_paid: int
    amount_due: int
    created_at: datetime
    due_at: datetime | None
    paid_at: datetime | None
    failed_at: datetime | None
    page_url: str
    pdf_url: str
    lines: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class StripeCheckout:
    """https://docs.stripe.com/api/checkout/sessions/object. ``status``: open, complete or expired; ``wish``: what it
    was opened for."""

    id: str
    status: str
    url: str
    customer: str
    wish: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StripeEventHead:
    """What of an event is read: no content."""

    id: str
    type: str
    customer: str
    created_at: datetime
    livemode: bool
    account: str


def customer_from(found: Json) -> StripeCustomer:
    metadata = found.get("metadata") or {}
    return StripeCustomer(
        found["id"], metadata.get(TENANT_KEY, ""), found.get("email") or "", bool(found.get("deleted"))
    )


def price_from(found: Json) -> StripePrice:
    metadata, recurring = found.get("metadata") or {}, found.get("recurring") or {}
    options = found.get("currency_options") or {found["currency"]: found}
    return StripePrice(
        id=found["id"],
        lookup_key=found.get("lookup_key") or "",
        product=_id(found["product"]),
        plan=metadata.get(PLAN_KEY, ""),
        measure=metadata.get(MEASURE_KEY, ""),
        interval=recurring.get("interval", ""),
        amounts={currency: option.get("unit_amount") for currency, option in options.items()},
    )


def subscription_from(found: Json) -> StripeSubscription:
    items = tuple(_item_from(item) for item in found["items"]["data"])
    paid_by_seat = next((item for item in items if not item.price.measure), items[0])
    period = next(item for item in found["items"]["data"] if item["id"] == paid_by_seat.id)
    period_end = _time(period["current_period_end"])
    return StripeSubscription(
        id=found["id"],
        customer=_id(found["customer"]),
        status=found["status"],
        plan=paid_by_seat.price.plan,
        interval=paid_by_seat.price.interval,
        seats=paid_by_seat.quantity,
        currency=found["currency"],
        created_at=_time(found["created"]),
        started_at=_time(found["start_date"]),
        trial_ends_at=_maybe_time(found.get("trial_end")),
        period_start=_time(period["current_period_start"]),
        period_end=period_end,
        ends_at=_maybe_time(found.get("cancel_at")) or (period_end if found.get("cancel_at_period_end") else None),
        ended_at=_maybe_time(found.get("ended_at")),
        schedule=_id(found.get("schedule")),
        items=items,
    )


def _item_from(found: Json) -> StripeItem:
    return StripeItem(found["id"], price_from(found["price"]), found.get("quantity") or 0)


def schedule_from(found: Json) -> StripeSchedule:
    """With ``phases.items.price`` expanded."""
    return StripeSchedule(found["id"], found["status"], tuple(_phase_from(phase) for phase in found["phases"]))


def _phase_from(found: Json) -> StripePhase:
    items = [(price_from(item["price"]), item.get("quantity")) for item in found["items"]]
    price, seats = next(((price, seats) for price, seats in items if not price.measure), items[0])
    terms: dict[str, Any] = {
        "start_date": found["start_date"],
        "items": [{"price": price.id, **({} if seats is None else {"quantity": seats})} for price, seats in items],
    }
    if found.get("end_date"):
        terms["end_date"] = found["end_date"]
    if found.get("trial_end"):
        terms["trial_end"] = found["trial_end"]
    if found.get("discounts"):
        terms["discounts"] = [_discount(discount) for discount in found["discounts"]]
    start, end = _time(found["start_date"]), _maybe_time(found.get("end_date"))
    return StripePhase(start, end, price.plan, price.interval, seats or 0, terms)


def _discount(found: Json) -> dict[str, str]:
    """One of the ways to name it (https://docs.stripe.com/api/subscription_schedules/update)."""
    return next({name: _id(found[name])} for name in ("discount", "promotion_code", "coupon") if found.get(name))


def invoice_from(found: Json, lines: tuple[Json, ...] | None = None) -> StripeInvoice:
    """``lines``: all of them, where the invoice itself has only the first."""
    moments, status = found["status_transitions"], found["status"]
    tries = found.get("attempt_count") or 0
    failed = tries > 1 or (tries == 1 and status in ("open", "uncollectible"))
    parent = (found.get("parent") or {}).get("subscription_details") or {}
    return StripeInvoice(
        id=found["id"],
        subscription=_id(parent.get("subscription")),
        number=found.get("number") or "",
        status=status,
        currency=found["currency"],
        subtotal=found["subtotal"],
        tax=sum(tax["amount"] for tax in found.get("total_taxes") or ()),
        total=found["total"],
        amount_paid=found["amount_paid"],
        amount_due=found["amount_due"],
        created_at=_time(found["created"]),
        due_at=_maybe_time(found.get("due_date")),
        paid_at=_maybe_time(moments.get("paid_at")),
        failed_at=_maybe_time(moments.get("finalized_at")) if failed else None,
        page_url=found.get("hosted_invoice_url") or "",
        pdf_url=found.get("invoice_pdf") or "",
        lines=tuple(_line(line) for line in found["lines"]["data"]) if lines is None else lines,
    )


def _line(found: Json) -> Json:
    return {"text": found.get("description") or "", "quantity": found.get("quantity"), "amount": found["amount"]}


def checkout_from(found: Json) -> StripeCheckout:
    return StripeCheckout(
        found["id"], found["status"], found.get("url") or "", _id(found.get("customer")), found.get("metadata") or {}
    )


def event_head_from(found: Json) -> StripeEventHead:
    """Raises KeyError, TypeError, ValueError for what is no event."""
    about = found["data"]["object"]
    customer = about["id"] if about.get("object") == "customer" else _id(about.get("customer"))
    return StripeEventHead(
        id=str(found["id"]),
        type=str(found["type"]),
        customer=str(customer),
        created_at=_time(found["created"]),
        livemode=found["livemode"] is True,
        account=str(found.get("account") or ""),
    )


def _id(reference: Any) -> str:
    """Of a reference, whether it is expanded or not."""
    return str(reference["id"] if isinstance(reference, Mapping) else reference or "")


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe_time(seconds: int | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
