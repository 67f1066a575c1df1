"""The one door to Stripe. What comes back is ours (``billing.stripe_objects``); what fails is a ParleyError.

Each gateway has its time, whatever is asked through it, so that a page answers in ten seconds when Stripe does not.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from itertools import chain
from typing import Any, cast

import requests
import stripe
import structlog
from django.conf import settings

from billing.stripe_objects import (
    PORTAL_KEY,
    TENANT_KEY,
    Json,
    StripeCheckout,
    StripeCustomer,
    StripeEventHead,
    StripeInvoice,
    StripePrice,
    StripeSchedule,
    StripeSubscription,
    checkout_from,
    customer_from,
    event_head_from,
    invoice_from,
    price_from,
    schedule_from,
    subscription_from,
)
from kit.errors import INVALID, UNAVAILABLE, ParleyError

log = structlog.get_logger(__name__)

_PAGE_SECONDS = 10.0
_ANSWER_SECONDS = 4.0
_RETRIES = 2
_AT_ONCE = 4
"""Threads of a process that may wait for Stripe. While it hangs, others are told so after a while, instead of holding
their database connections as long."""
_TOLERANCE = 300
_PAGE = 100
_waiting = threading.BoundedSemaphore(_AT_ONCE)


class GatewayUnavailable(ParleyError):
    """Stripe could not be reached, did not answer in time, or had a fault of its own; nothing is known of what was
    asked for. ``unavailable``."""

    def __init__(self, detail: str = "The payment service does not answer at the moment. Try again shortly.") -> None:
        super().__init__(UNAVAILABLE, detail, retry_after=30.0)


class GatewayRefused(ParleyError):
    """Stripe said no: ``invalid``, with its own words for whoever asked, and its ``reason``, a stable code
    (https://docs.stripe.com/error-codes)."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(INVALID, message or "The payment service refused this.")
        self.reason = reason

    @property
    def is_missing(self) -> bool:
        return self.reason == "resource_missing"


class BadSignature(Exception):
    """A webhook that Stripe did not sign, or not lately."""


def has_stripe() -> bool:
    return bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    """Whether the key moves real money (https://docs.stripe.com/keys#obtain-api-keys)."""
    return settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))


def gateway(seconds: float = _PAGE_SECONDS) -> Gateway:
    """For what is to be done within ``seconds``. Raises ParleyError ``unavailable`` without a key."""
    if not has_stripe():
        raise ParleyError(UNAVAILABLE, "No payment service is set up here.")
    return Gateway(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, seconds)


def read_webhook(body: bytes, signature: str) -> StripeEventHead:
    """Of an event that Stripe signed in the last five minutes (https://docs.stripe.com/webhooks#verify-manually).

    Raises BadSignature, and ValueError for what is no event.
    """
    try:
        event = stripe.Webhook.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET, _TOLERANCE)
        return event_head_from(event.to_dict())
    except stripe.SignatureVerificationError as error:
        raise BadSignature from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not an event") from error


class _Patient(stripe.RequestsClient):
    """Waits for each answer a while, and for all of them together no longer than it was given."""

    def __init__(self, seconds: float) -> None:
        super().__init__(session=_session())
        self._ends = time.monotonic() + seconds

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **more: Any
    ) -> tuple[Any, int, Mapping[str, str]]:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise stripe.APIConnectionError("out of time", should_retry=False)  # type: ignore[no-untyped-call]
        self._timeout = min(_ANSWER_SECONDS, left)
        return super().request(method, url, headers, post_data, **more)


@cache
def _session() -> requests.Session:
    """Connections are kept from one gateway to the next."""
    return requests.Session()


class Gateway:
    """Raises GatewayUnavailable and GatewayRefused everywhere. ``key`` says what is intended: creating twice with one
    key creates once (https://docs.stripe.com/api/idempotent_requests)."""

    def __init__(self, secret: str, base: str, seconds: float) -> None:
        self._stripe = stripe.StripeClient(
            secret,
            base_addresses={"api": base},
            max_network_retries=_RETRIES,
            http_client=_Patient(seconds),
        ).v1

    # Customers

    def create_customer(self, tenant: str, key: str) -> StripeCustomer:
        """``tenant``: its schema. Says nothing that could be other the next time, as the key demands."""
        made = _asked(
            lambda: self._stripe.customers.create({"metadata": {TENANT_KEY: tenant}}, {"idempotency_key": _key(key)})
        )
        return customer_from(made)

    def update_customer(self, customer: str, *, email: str, name: str) -> StripeCustomer:
        return customer_from(_asked(lambda: self._stripe.customers.update(customer, {"email": email, "name": name})))

    def customer(self, customer: str) -> StripeCustomer:
        return customer_from(_asked(lambda: self._stripe.customers.retrieve(customer)))

    def customers(self) -> Iterator[StripeCustomer]:
        """All of the account, in Stripe's order."""
        return map(customer_from, _listed(lambda page: self._stripe.customers.list(page)))

    def credit(self, customer: str, cents: int, currency: str, reason: str, key: str) -> str:
        """On the customer's balance, where a credit is below nothing: the id of the transaction."""
        made = _asked(
            lambda: self._stripe.customers.balance_transactions.create(
                customer,
                {"amount": -cents, "currency": currency, "description": reason[:350]},
                {"idempotency_key": _key(key)},
            )
        )
        return str(made["id"])

    # Checkout and portal

    def create_checkout(self, params: Json, key: str) -> StripeCheckout:
        """https://docs.stripe.com/api/checkout/sessions/create"""
        given = cast(Any, params)
        return checkout_from(
            _asked(lambda: self._stripe.checkout.sessions.create(given, {"idempotency_key": _key(key)}))
        )

    def checkout(self, session: str) -> StripeCheckout:
        return checkout_from(_asked(lambda: self._stripe.checkout.sessions.retrieve(session)))

    def expire_checkout(self, session: str) -> None:
        """Refused for one that is not open."""
        _asked(lambda: self._stripe.checkout.sessions.expire(session))

    def promotion_code(self, code: str) -> str | None:
        """The id of an active code as customers type it."""
        found = _asked(lambda: self._stripe.promotion_codes.list({"code": code, "active": True, "limit": 1}))
        return found["data"][0]["id"] if found["data"] else None

    def portal(self, customer: str, return_url: str) -> str:
        """An address that is good once (https://docs.stripe.com/api/customer_portal/sessions/create)."""
        params: Any = {"customer": customer, "return_url": return_url}
        ours = [each for each in self.list_all("configuration", active=True) if PORTAL_KEY in each["metadata"]]
        if ours:
            params["configuration"] = ours[0]["id"]
        return str(_asked(lambda: self._stripe.billing_portal.sessions.create(params))["url"])

    # Subscriptions

    def subscriptions(self, customer: str) -> list[StripeSubscription]:
        """All that there ever were, the newest first."""
        asked = {"customer": customer, "status": "all"}
        found = _listed(lambda page: self._stripe.subscriptions.list(cast(Any, {**asked, **page})))
        return [subscription_from(each) for each in found]

    def update_subscription(self, subscription: str, params: Json) -> None:
        """https://docs.stripe.com/api/subscriptions/update"""
        given = cast(Any, params)
        _asked(lambda: self._stripe.subscriptions.update(subscription, given))

    def end_subscription(self, subscription: str) -> None:
        """At once, with nothing to pay for what was left."""
        _asked(lambda: self._stripe.subscriptions.cancel(subscription, {"prorate": False, "invoice_now": False}))

    def preview(self, params: Json) -> tuple[int, str]:
        """What would be due and in which currency (https://docs.stripe.com/api/invoices/create_preview)."""
        given = cast(Any, params)
        found = _asked(lambda: self._stripe.invoices.create_preview(given))
        return int(found["amount_due"]), str(found["currency"])

    def schedule(self, schedule: str) -> StripeSchedule:
        expand = {"expand": ["phases.items.price"]}
        return schedule_from(_asked(lambda: self._stripe.subscription_schedules.retrieve(schedule, cast(Any, expand))))

    def create_schedule(self, subscription: str) -> StripeSchedule:
        """Of one phase, the current one. Refused for a subscription that has one."""
        params: Any = {"from_subscription": subscription, "expand": ["phases.items.price"]}
        return schedule_from(_asked(lambda: self._stripe.subscription_schedules.create(params)))

    def update_schedule(self, schedule: str, phases: Sequence[Json]) -> None:
        """What follows the last phase is the subscription as that left it."""
        params: Any = {"phases": list(phases), "end_behavior": "release", "proration_behavior": "none"}
        _asked(lambda: self._stripe.subscription_schedules.update(schedule, params))

    def release_schedule(self, schedule: str) -> None:
        """The subscription goes on as it is."""
        _asked(lambda: self._stripe.subscription_schedules.release(schedule))

    # Invoices

    def invoices(self, customer: str) -> list[StripeInvoice]:
        """All but drafts, the newest first."""
        found = _listed(lambda page: self._stripe.invoices.list(cast(Any, {"customer": customer, **page})))
        return [self._with_all_lines(each) for each in found if each["status"] != "draft"]

    def _with_all_lines(self, found: Json) -> StripeInvoice:
        if not found["lines"].get("has_more"):
            return invoice_from(found)
        lines = _listed(lambda page: self._stripe.invoices.line_items.list(found["id"], cast(Any, page)))
        return invoice_from({**found, "lines": {"data": list(lines)}})

    def refund_invoice(self, invoice: str) -> int:
        """All that was paid of it, back to where it came from: how much, in cents. Doing so twice does it once."""
        paid: Any = {"invoice": invoice, "status": "paid", "limit": _PAGE}
        payments = _asked(lambda: self._stripe.invoice_payments.list(paid))["data"]
        return sum(self._refund(each["id"], each["payment"]["payment_intent"]) for each in payments)

    def _refund(self, payment: str, intent: str) -> int:
        key = _key(f"refund:{payment}")
        made = _asked(lambda: self._stripe.refunds.create({"payment_intent": intent}, {"idempotency_key": key}))
        return int(made["amount"])

    # Prices

    def prices(self, lookup_keys: Sequence[str]) -> dict[str, StripePrice]:
        """Those that are sold, by lookup key. Stripe takes ten keys at once."""
        tens = [list(lookup_keys[start : start + 10]) for start in range(0, len(lookup_keys), 10)]
        expand = ["data.currency_options"]
        found = (self.list_all("price", lookup_keys=ten, active=True, expand=expand) for ten in tens)
        return {price.lookup_key: price for price in map(price_from, chain.from_iterable(found))}

    # Meters

    def send_meter_event(self, meter: str, customer: str, value: int, identifier: str, at: datetime) -> None:
        """``meter`` by its event name. The same identifier within 24 hours counts once
        (https://docs.stripe.com/api/billing/meter-event/create)."""
        params: Any = {
            "event_name": meter,
            "identifier": identifier,
            "timestamp": int(at.timestamp()),
            "payload": {"stripe_customer_id": customer, "value": str(value)},
        }
        _asked(lambda: self._stripe.billing.meter_events.create(params))

    def meter_total(self, meter_id: str, customer: str, start: datetime, end: datetime) -> int:
        """What Stripe counted (https://docs.stripe.com/api/billing/meter-event-summary/list); both on whole minutes."""
        params = {"customer": customer, "start_time": int(start.timestamp()), "end_time": int(end.timestamp())}
        summaries = self._stripe.billing.meters.event_summaries
        found = _listed(lambda page: summaries.list(meter_id, cast(Any, {**params, **page})))
        return int(sum(each["aggregated_value"] for each in found))

    # What ``manage.py billing`` sets up: these are given and give Stripe's JSON

    def list_all(self, kind: str, **params: Any) -> Iterator[Json]:
        """``kind``: product, price, meter, configuration or webhook_endpoint."""
        return _listed(lambda page: self._service(kind).list({**params, **page}))

    def create(self, kind: str, params: Json) -> Json:
        return _asked(lambda: self._service(kind).create(dict(params)))

    def update(self, kind: str, found: str, params: Json) -> Json:
        return _asked(lambda: self._service(kind).update(found, dict(params)))

    def _service(self, kind: str) -> Any:
        return {
            "product": self._stripe.products,
            "price": self._stripe.prices,
            "meter": self._stripe.billing.meters,
            "configuration": self._stripe.billing_portal.configurations,
            "webhook_endpoint": self._stripe.webhook_endpoints,
        }[kind]


def _listed(ask: Callable[[Any], Any]) -> Iterator[Json]:
    """Each of a list, page after page (https://docs.stripe.com/api/pagination)."""
    after: dict[str, str] = {}
    while True:
        found = _asked(partial(ask, {"limit": _PAGE, **after}))
        yield from found["data"]
        if not found["has_more"]:
            return
        after = {"starting_after": found["data"][-1]["id"]}


def _asked(ask: Callable[[], Any]) -> Json:
    with _turn():
        try:
            return cast(Json, ask().to_dict())
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
            log.warning("stripe.unavailable", error=type(error).__name__, status=error.http_status)
            raise GatewayUnavailable from None
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            log.exception("stripe.key_refused", status=error.http_status)
            raise GatewayUnavailable(
                "The payment service is not set up rightly. Tell the platform's operators."
            ) from None
        except stripe.StripeError as error:
            log.info("stripe.refused", reason=error.code, request=error.request_id)
            raise GatewayRefused(error.code or "", error.user_message or "") from None


@contextmanager
def _turn() -> Iterator[None]:
    if not _waiting.acquire(timeout=_ANSWER_SECONDS):
        raise GatewayUnavailable
    try:
        yield
    finally:
        _waiting.release()


def _key(intention: str) -> str:
    """Of Stripe's length, whatever was intended."""
    return "parley-" + hashlib.sha256(intention.encode()).hexdigest()
