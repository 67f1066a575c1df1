"""What leads to Stripe and back: what we have made there, the pages it shows, the events it tells of."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.test import override_settings
from stripe import WebhookSignature

from billing.gateway_stripe import gateway
from billing.models import Customer, StripeEvent
from billing.reconciliation import reconcile
from billing.subscriptions import CheckoutState, confirm_checkout, open_portal, start_checkout
from tests.billing.both.account import Account, Buyer
from tests.billing.shop import SECRET, post, work
from tests.support.manage import manage_here


def test_what_is_sold_is_set_up_once_and_found_whole_afterwards(account: Account) -> None:
    """At an address of its own, as whoever tests has had the rest made there before."""
    domain = f"{secrets.token_hex(6)}.example.com"
    address = f"https://{domain}/billing/webhook"
    with override_settings(BASE_DOMAIN=domain, SECURE=True):
        assert manage_here("billing", "check").code == 1
        first = manage_here("billing", "setup")
        try:
            made, secret = first.out.splitlines()
            assert made == f"create webhook_endpoint {address}"
            assert secret.startswith("STRIPE_WEBHOOK_SECRET=whsec_")
            assert manage_here("billing", "setup").out == "Everything is set up.\n"
            assert manage_here("billing", "check").out == "Everything is set up, for test money.\n"
        finally:
            ours = [each for each in gateway().list_all("webhook_endpoint") if each["url"] == address]
            for endpoint in ours:
                account.client.v1.webhook_endpoints.delete(endpoint["id"])


def test_one_page_to_pay_on_is_open_at_a_time_and_the_portal_is_there(buyer: Buyer, code: str) -> None:
    pro, again, scale = _checkout(buyer, "pro"), _checkout(buyer, "pro"), _checkout(buyer, "scale", code)
    assert pro == again
    assert confirm_checkout(buyer.tenant, pro[1]) is CheckoutState.EXPIRED
    assert confirm_checkout(buyer.tenant, scale[1]) is CheckoutState.OPEN
    assert buyer.tenant.plan == "free"
    for url in (pro[0], scale[0], open_portal(buyer.tenant, "https://a.example.com/")):
        assert url.startswith(buyer.account.pages)


def _checkout(buyer: Buyer, plan: str, coupon: str = "") -> tuple[str, str]:
    """The page's address, and the session's id."""
    url = start_checkout(
        buyer.tenant,
        email="owner@example.com",
        plan=plan,
        interval="month",
        seats=3,
        currency="usd",
        coupon=coupon,
        success_url="https://a.example.com/?{CHECKOUT_SESSION_ID}",
        cancel_url="https://a.example.com/",
    )
    return url, Customer.objects.get(tenant=buyer.tenant).checkout_id


def test_an_event_is_believed_by_its_signature_and_once(buyer: Buyer) -> None:
    """Stripe reaches no laptop, so its events are fetched and delivered from here, signed as it signs."""
    [price] = gateway().prices(["parley_pro_month"]).values()
    buyer.account.client.v1.subscriptions.create(
        {"customer": buyer.customer, "items": [{"price": price.id, "quantity": 3}]}
    )
    event = buyer.account.wait(lambda: _event(buyer, "customer.subscription.created"))
    body = json.dumps(event).encode()

    assert _deliver(body, "whsec_forged").status_code == 400
    assert post(body, "").status_code == 400
    assert _deliver(body, SECRET, of=body[:-1] + b" }").status_code == 400
    assert _deliver(json.dumps({**event, "account": "acct_other"}).encode(), SECRET).status_code == 400
    assert not StripeEvent.objects.filter(stripe_id=event["id"]).exists()
    for _ in range(2):
        assert _deliver(body, SECRET).status_code == 200
    assert StripeEvent.objects.get(stripe_id=event["id"]).customer == buyer.customer
    work(buyer.account.now)
    assert (buyer.told(), buyer.tenant.plan) == (("active", "pro", "month", 3), "pro")


def _event(buyer: Buyer, kind: str) -> dict[str, Any] | None:
    """As it is written in JSON."""
    found = buyer.account.client.v1.events.list({"type": kind, "limit": 100}).last_response
    assert found is not None
    events: list[dict[str, Any]] = json.loads(found.body)["data"]
    return next((each for each in events if each["data"]["object"]["customer"] == buyer.customer), None)


def _deliver(body: bytes, secret: str, of: bytes | None = None) -> Any:
    """``of``: what was signed, where it is not what is delivered."""
    return post(body, WebhookSignature.generate_signature_header((of or body).decode(), secret))


def test_what_no_event_told_of_is_healed(buyer: Buyer) -> None:
    bought = buyer.subscribe("pro")
    buyer.account.client.v1.subscriptions.update(bought.stripe_id, {"cancel_at_period_end": True})
    assert buyer.subscription.ends_at is None
    [drift] = reconcile(buyer.account.now, buyer.tenancy.slug)
    assert (drift.tenant, drift.fields) == (buyer.tenancy.slug, frozenset({"subscription.ends_at"}))
    assert buyer.subscription.ends_at == bought.period_end
    buyer.account.client.v1.subscriptions.cancel(bought.stripe_id)
    [drift] = reconcile(buyer.account.now, buyer.tenancy.slug)
    assert drift.fields >= {"subscription.status", "entitlement"}
    assert (buyer.subscription.status, buyer.tenant.plan) == ("canceled", "free")
    assert reconcile(buyer.account.now, buyer.tenancy.slug) == []
