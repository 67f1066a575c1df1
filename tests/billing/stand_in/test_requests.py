"""How requests are read: parameters, keys, pages, expansion; and what happens when the API has a bad day."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.billing.stand_in.conftest import Shop
from tests.support.stripe import StripeStandIn


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"items": [{"price": "p", "colour": "red"}]}, "parameter_unknown", "items[0][colour]"),
        ({"trial_period_days": "many"}, "parameter_invalid_integer", "trial_period_days"),
        ({"payment_behavior": "sometimes"}, None, "payment_behavior"),
        ({"automatic_tax": {}}, None, None),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
    ],
)
def test_a_parameter_that_the_library_does_not_declare_is_refused(
    shop: Shop, params: dict[str, Any], code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.subscriptions.create(params)
    assert (refused.value.http_status, refused.value.code) == (400, code or refused.value.code)
    assert param in (None, refused.value.param)


def test_a_refused_request_leaves_nothing_behind(stand_in: StripeStandIn, shop: Shop) -> None:
    customer, before = shop.customer(), len(stand_in.events)
    with pytest.raises(stripe.InvalidRequestError, match="No such price"):
        shop.subscribe(customer, shop.pro_month, "price_none")
    name = shop.subscribe(customer, shop.pro_month).id
    known = len(stand_in.events)
    bad = {"metadata": {"a": "b"}, "items": [{"id": "si_none", "quantity": 2}]}
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription item"):
        shop.client.v1.subscriptions.update(name, bad)
    found = shop.client.v1.subscriptions.list({"customer": customer, "status": "all"}).data
    assert [one.id for one in found] == [name]
    assert (len(stand_in.events), found[0].metadata.to_dict()) == (known, {})
    assert known > before


def test_a_key_is_answered_the_same_and_only_for_the_same_request(stand_in: StripeStandIn, shop: Shop) -> None:
    create, once = shop.client.v1.customers.create, {"idempotency_key": "sign-up-1"}
    first = create({"email": "a@acme.example"}, once)
    again = create({"email": "a@acme.example"}, once)
    assert again.id == first.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError) as refused:
        create({"email": "b@acme.example"}, once)
    assert refused.value.http_status == 400
    stand_in.advance(86_401)
    assert create({"email": "b@acme.example"}, once).id != first.id


def test_an_answer_that_is_lost_is_found_again_with_its_key(stand_in: StripeStandIn) -> None:
    client = _hasty(stand_in, max_network_retries=1)
    stand_in.fail(1, "lost")
    made = client.v1.customers.create({"email": "a@acme.example"})
    assert [one.id for one in client.v1.customers.list().data] == [made.id]
    stand_in.fail(1, "timeout")
    client.v1.customers.create({"email": "b@acme.example"})
    assert len(client.v1.customers.list().data) == 2


def _hasty(stand_in: StripeStandIn, **options: Any) -> stripe.StripeClient:
    """A client that waits for a fifth of a second."""
    return stand_in.client(http_client=stripe.RequestsClient(timeout=0.2), **options)


def test_pages_and_expansion(shop: Shop) -> None:
    customers = [shop.customer(card=None) for _ in range(5)]
    page = shop.client.v1.customers.list({"limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (customers[:-3:-1], True)
    assert [one.id for one in page.auto_paging_iter()] == customers[::-1]
    before = shop.client.v1.customers.list({"limit": 2, "ending_before": customers[0]})
    assert [one.id for one in before.data] == [customers[2], customers[1]]
    paying = shop.customer()
    shop.subscribe(paying)
    full = shop.client.v1.customers.retrieve(paying, {"expand": ["subscriptions.data.latest_invoice"]})
    assert full.subscriptions.data[0].latest_invoice.status == "paid"
    assert "subscriptions" not in shop.client.v1.customers.retrieve(paying)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.client.v1.customers.retrieve(paying, {"expand": ["shoes"]})
    found = shop.client.v1.prices.list({"lookup_keys": ["pro_year", "scale_month"], "expand": ["data.product"]}).data
    assert {one.product.name for one in found} == {"Pro", "Scale"}


def test_a_lookup_key_moves_to_another_price_only_on_purpose(shop: Shop) -> None:
    new = {"product": shop.pro, "currency": "usd", "unit_amount": 1, "recurring": {"interval": "month"}}
    keyed = {**new, "lookup_key": "pro_month"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.prices.create(keyed)
    assert refused.value.param == "lookup_key"
    moved = shop.client.v1.prices.create({**keyed, "transfer_lookup_key": True})
    assert [one.id for one in shop.client.v1.prices.list({"lookup_keys": ["pro_month"]}).data] == [moved.id]


def test_bad_days_of_the_api(stand_in: StripeStandIn, shop: Shop) -> None:
    stand_in.fail(1, 500)
    stand_in.fail(1, 429)
    with pytest.raises(stripe.APIError):
        shop.customer(card=None)
    with pytest.raises(stripe.RateLimitError):
        shop.customer(card=None)
    stand_in.down()
    with pytest.raises(stripe.APIError):
        shop.customer(card=None)
    stand_in.down(False)
    known = shop.customer(card=None)
    stand_in.stop()
    with pytest.raises(stripe.APIConnectionError):
        shop.customer(card=None)
    stand_in.start()
    assert shop.client.v1.customers.retrieve(known).id == known
    stand_in.slowly(5)
    with pytest.raises(stripe.APIConnectionError):
        _hasty(stand_in, max_network_retries=0).v1.customers.retrieve(known)
    stand_in.slowly(0)


def test_another_version_or_no_key_is_refused(stand_in: StripeStandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="version"):
        stand_in.client(stripe_version="2020-08-27").v1.customers.list()
    stranger = stripe.StripeClient("sk_live_x", base_addresses={"api": stand_in.url})
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.customers.list()
