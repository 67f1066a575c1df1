"""Every scenario is lived at the stand-in, and at Stripe itself where ``STRIPE_TEST_KEY`` holds the secret key of a
test mode account (``sk_test_…``). What it needs is made there once and stays: our products, prices and meters, which
Stripe does not let anybody delete, and the portal's configuration. Whatever a test makes besides is of a tenant of its
own, whose name is never used again, and goes with its test clock.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stripe
from django.test import override_settings

from billing.catalogue import set_up
from billing.gateway_stripe import gateway
from tests.billing.both.account import Account, Buyer, moment, new_buyer
from tests.billing.shop import BEGIN, DAY, HOOK, SECRET, Shop
from tests.support.cast import Tenancy
from tests.support.stripe import KEY, declared

REAL_KEY = os.environ.get("STRIPE_TEST_KEY", "")
_REAL = "https://api.stripe.com"


@pytest.fixture(params=["stand-in", "stripe"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    """Its clock begins three days ago, so that there is a past in which something was used."""
    if request.param == "stand-in":
        with _at_stand_in(request.getfixturevalue("shared_shop")) as account:
            yield account
        return
    if not REAL_KEY:
        pytest.skip("STRIPE_TEST_KEY is not set: Stripe itself was not asked")
    assert REAL_KEY.startswith(("sk_test_", "rk_test_")), "STRIPE_TEST_KEY must be of test mode"
    request.getfixturevalue("real_catalogue")
    with _in_account(REAL_KEY, _REAL, int(time.time()) - 3 * DAY, "https://", pause=2) as account:
        yield account


@pytest.fixture
def buyer(account: Account, acme: Tenancy) -> Buyer:
    return new_buyer(account, acme)


@pytest.fixture
def code(account: Account) -> Iterator[str]:
    """A promotion code: half, for ever. Deleting its coupon leaves nobody to redeem it."""
    v1 = account.client.v1
    coupon = v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    made = v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon}, "code": f"HALF{secrets.token_hex(4).upper()}"}
    )
    yield made.code
    v1.coupons.delete(coupon)


@pytest.fixture(scope="session")
def real_catalogue() -> Iterator[None]:
    """The webhook's address is nobody's, and goes again, so that Stripe does not go on trying to reach it."""
    with override_settings(STRIPE_SECRET_KEY=REAL_KEY, STRIPE_API_BASE=_REAL):
        set_up(gateway(300), HOOK, dry_run=False)
        yield
        for endpoint in gateway().list_all("webhook_endpoint"):
            if endpoint["url"] == HOOK:
                stripe.StripeClient(REAL_KEY).v1.webhook_endpoints.delete(endpoint["id"])


@contextmanager
def _at_stand_in(shop: Shop) -> Iterator[Account]:
    """All that it answers is as the stripe library declares it."""
    answers: list[dict[str, Any]] = []
    shop.stand_in.answers = answers
    with _in_account(KEY, shop.stand_in.url, BEGIN, shop.stand_in.url, pause=0.01) as account:
        yield account
    shop.stand_in.answers = None
    told = [one for answer in answers for one in (answer["data"] if answer["object"] == "list" else [answer])]
    assert [misfit for thing in told for misfit in declared.misfits(thing)] == []


@contextmanager
def _in_account(key: str, base: str, begin: int, pages: str, pause: float) -> Iterator[Account]:
    """Deleting the clock deletes its customers with all they have."""
    client = stripe.StripeClient(key, base_addresses={"api": base}, max_network_retries=5)
    ours = {"STRIPE_SECRET_KEY": key, "STRIPE_API_BASE": base, "STRIPE_WEBHOOK_SECRET": SECRET}
    with override_settings(**ours, STRIPE_AUTOMATIC_TAX=False):
        clock = client.v1.test_helpers.test_clocks.create({"frozen_time": begin}).id
        try:
            yield Account(client, clock, moment(begin), pages, pause)
        finally:
            client.v1.test_helpers.test_clocks.delete(clock)
