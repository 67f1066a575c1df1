"""The pages of the stand-in, by their forms: Checkout, the portal, an invoice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from tests.billing.stand_in.conftest import Shop
from tests.support.stripe import StripeStandIn

DAY = 86_400


class Browser:
    """Presses buttons: each is a form's only one, or one of several that have a value."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.text = ""
        self.at = ""

    def open(self, url: str) -> None:
        self._see(self._client.get(url))

    def press(self, label: str, **typed: str) -> None:
        form = next(form for form in re.findall(r"<form.*?</form>", self.text, re.DOTALL) if f">{label}<" in form)
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
        chosen = re.findall(rf'<button name="(\w+)" value="([^"]*)">{re.escape(label)}<', form)
        data = {name: unescape(value) for name, value in [*hidden, *chosen]} | typed
        self._see(self._client.post(self.at, data=data))

    def _see(self, answer: httpx.Response) -> None:
        if answer.is_redirect and answer.headers["location"].startswith("/"):
            answer = self._client.get(answer.headers["location"])
        self.at = answer.headers.get("location") or answer.url.path
        self.text = answer.text


@pytest.fixture
def browser(stand_in: StripeStandIn) -> Iterator[Browser]:
    with httpx.Client(base_url=stand_in.url) as client:
        yield Browser(client)


def _session(shop: Shop, **more: Any) -> Any:
    params = {
        "mode": "subscription",
        "line_items": [{"price": shop.pro_month, "quantity": 2}],
        "success_url": "https://acme.example/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://acme.example/plans",
    }
    return shop.client.v1.checkout.sessions.create({**params, **more})


def test_checkout_refuses_asks_and_takes_a_code(stand_in: StripeStandIn, shop: Shop, browser: Browser) -> None:
    coupon = shop.client.v1.coupons.create({"amount_off": 800, "currency": "usd", "duration": "once"}).id
    shop.client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HELLO"})
    session = _session(shop, allow_promotion_codes=True)
    browser.open(session.url)
    assert "58.00 USD" in browser.text
    assert 'href="https://acme.example/plans"' in browser.text
    browser.press("Pay with a card that is declined")
    assert "Your card was declined." in browser.text
    browser.press("Pay with a good card", code="GOODBYE")
    assert "This code is invalid." in browser.text
    browser.press("Pay with a card that asks for 3-D Secure", code="hello", email="owner@acme.example")
    browser.press("Fail authentication")
    assert "requires authentication" in browser.text
    assert shop.client.v1.subscriptions.list({"status": "all"}).data == []
    browser.press("Pay with a card that asks for 3-D Secure", code="hello", email="owner@acme.example")
    browser.press("Complete authentication")
    assert browser.at == f"https://acme.example/back?session={session.id}"
    done = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "customer"]})
    assert (done.amount_total, done.total_details.amount_discount) == (5_000, 800)
    assert (done.customer.email, done.subscription.status) == ("owner@acme.example", "active")
    browser.open(f"/c/pay/{session.id}")
    assert "This session is complete." in browser.text


def test_checkout_expires_and_a_trial_may_need_no_card(stand_in: StripeStandIn, shop: Shop, browser: Browser) -> None:
    trial = {"trial_period_days": 14, "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}}
    session = _session(shop, subscription_data=trial, payment_method_collection="if_required")
    left = _session(shop)
    browser.open(session.url)
    browser.press("Start without a card")
    name = shop.client.v1.checkout.sessions.retrieve(session.id).subscription
    assert shop.subscription(name).status == "trialing"
    stand_in.advance(DAY)
    assert shop.client.v1.checkout.sessions.retrieve(left.id).status == "expired"
    stand_in.advance(13 * DAY)
    assert shop.subscription(name).status == "canceled"


def test_the_portal_does_what_its_configuration_allows(stand_in: StripeStandIn, shop: Shop, browser: Browser) -> None:
    prices = [shop.pro_month, shop.pro_year]
    offered = [{"product": shop.pro, "prices": prices}, {"product": shop.scale, "prices": [shop.scale_month]}]
    update = {
        "enabled": True,
        "default_allowed_updates": ["price"],
        "products": offered,
        "proration_behavior": "always_invoice",
        "schedule_at_period_end": {"conditions": [{"type": "decreasing_item_amount"}, {"type": "shortening_interval"}]},
    }
    features = {
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        "subscription_update": update,
    }
    shop.client.v1.billing_portal.configurations.create({"features": features})
    customer = shop.customer("pm_card_visa")
    name = shop.subscribe(customer).id
    portal = shop.client.v1.billing_portal.sessions.create(
        {"customer": customer, "return_url": "https://acme.example/"}
    )
    browser.open(portal.url)
    assert "ends in 4242" in browser.text
    browser.press("Cancel subscription")
    assert shop.subscription(name).cancel_at_period_end
    browser.press("Resume subscription")
    assert not shop.subscription(name).cancel_at_period_end
    browser.press("Change to Scale, 99.00 USD / month")
    assert shop.subscription(name)["items"].data[0].price.id == shop.scale_month
    browser.press("Change to Pro, 29.00 USD / month")
    assert "changes with its period" in browser.text
    assert shop.subscription(name)["items"].data[0].price.id == shop.scale_month
    browser.press("Use a card that is declined")
    assert "ends in 0341" in browser.text
    stand_in.advance(31 * DAY + 3_600)
    late = shop.subscription(name, "latest_invoice")
    assert (late.status, late["items"].data[0].price.id) == ("past_due", shop.pro_month)

    browser.open(late.latest_invoice.hosted_invoice_url)
    browser.press("Pay with a card that is declined")
    assert "Your card was declined." in browser.text
    browser.press("Pay with a good card")
    assert "This invoice is paid." in browser.text
    assert shop.subscription(name).status == "active"


def test_a_page_that_is_not_there_says_so(browser: Browser) -> None:
    for path in ("/nowhere", "/p/session/bps_none", "/c/pay/cs_none"):
        browser.open(path)
        assert "Nothing here" in browser.text or "No such" in browser.text
