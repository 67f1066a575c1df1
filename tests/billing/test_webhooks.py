"""/billing/webhook: what is taken, once each, and what is refused without a trace."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections

from billing.models import StripeEvent
from billing.tasks import handle_waiting
from billing.webhooks import MOST_BYTES
from tenants.routers import SHARED
from tests.billing.shop import SECRET, Shop, post, tell, work
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.server import LiveServer
from tests.support.stripe import StripeStandIn


def jobs() -> int:
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'billing.tasks.handle_events'")
        return int(cursor.fetchone()[0])


def last_event(shop: Shop, kind: str) -> dict[str, Any]:
    return next(event for event in reversed(shop.stand_in.events) if event["type"] == kind)


def test_an_event_is_stored_once_and_its_job_reads_what_stripe_has_by_then(shop: Shop, acme: Tenancy) -> None:
    work(shop.now)
    shop.wish(acme)
    shop.stand_in.pay(shop.customer(acme).checkout_id)
    completed, created = (
        last_event(shop, "checkout.session.completed"),
        last_event(shop, "customer.subscription.created"),
    )
    assert [tell(event).status_code for event in (completed, created, completed)] == [200, 200, 200]
    assert work(shop.now) == 1
    assert shop.row(acme).plan == "pro"
    stored = StripeEvent.objects.filter(customer=shop.customer(acme).stripe_id)
    assert {event.pk for event in stored} == {completed["id"], created["id"]}
    assert all(event.handled_at for event in stored)
    tell(completed)
    assert work(shop.now) == 0


def test_what_an_event_says_is_not_believed(shop: Shop, acme: Tenancy) -> None:
    shop.buy(acme)
    event = last_event(shop, "customer.subscription.created")
    event["id"] = "evt_replayed_with_another_id"
    event["data"]["object"]["status"] = "canceled"
    before = shop.row(acme)
    assert tell(event).status_code == 200
    work(shop.now)
    assert (shop.subscription(acme).status, shop.row(acme).plan) == ("trialing", before.plan)


def test_what_stripe_did_not_sign_for_us_lately_is_refused_and_leaves_nothing(
    shop: Shop, acme: Tenancy, caplog: pytest.LogCaptureFixture
) -> None:
    shop.buy(acme)
    event = {**last_event(shop, "customer.subscription.created"), "id": "evt_of_somebody_else"}
    body, signature = StripeStandIn.signed(event, SECRET)
    before = (StripeEvent.objects.count(), jobs(), shop.row(acme).plan)
    refused = {
        "bad_signature": [
            tell(event, secret="whsec_forged"),
            tell(event, at=int(time.time()) - 301),
            post(body.replace(b"evt_", b"evt-"), signature),
            post(body, ""),
        ],
        "other_account": [tell({**event, "account": "acct_of_somebody_else"})],
        "other_mode": [tell({**event, "livemode": True})],
        "no_event": [tell({"object": "event"}), tell({**event, "data": {}}), tell({"data": 1}), post(b"\xff", "")],
    }
    for reason, answers in refused.items():
        assert {(answer.status_code, answer.content.decode()) for answer in answers} == {(400, reason)}
    assert (StripeEvent.objects.count(), jobs(), shop.row(acme).plan) == before
    logged = [record.msg for record in caplog.records if record.name == "billing.webhooks"]
    assert sorted(line["reason"] for line in logged) == sorted(
        reason for reason, answers in refused.items() for _ in answers
    )
    assert "evt_" not in json.dumps(logged)
    assert "cus_" not in json.dumps(logged)


def test_what_is_too_big_is_not_read(shop: Shop) -> None:
    assert post(b" " * (MOST_BYTES + 1), "t=1,v1=0").status_code == 413


def test_without_a_secret_nothing_can_be_signed(shop: Shop, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert tell(last_event(shop, "product.created")).status_code == 404


@pytest.mark.parametrize("what", ["down", "hanging"])
def test_events_are_taken_while_stripe_does_not_answer_and_are_handled_later(
    shop: Shop, acme: Tenancy, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.gateway_stripe._ANSWER_SECONDS", 0.1)
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.01)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0.02)
    shop.wish(acme)
    shop.stand_in.pay(shop.customer(acme).checkout_id)
    if what == "down":
        shop.stand_in.down()
    else:
        shop.stand_in.slowly(1)
    assert tell(last_event(shop, "checkout.session.completed")).status_code == 200
    async_to_sync(handle_waiting.func)(timestamp=0)
    [waiting] = StripeEvent.objects.filter(customer=shop.customer(acme).stripe_id)
    assert (waiting.handled_at, waiting.failure.partition(":")[0]) == (None, "unavailable")
    assert shop.row(acme).plan == "free"
    shop.stand_in.down(down=False)
    shop.stand_in.slowly(0)
    async_to_sync(handle_waiting.func)(timestamp=0)
    waiting.refresh_from_db()
    assert waiting.handled_at is not None
    assert waiting.failure == ""
    assert shop.row(acme).plan == "pro"


def test_the_route_is_on_the_public_host_alone(live: LiveServer, acme: Tenancy) -> None:
    """The server has no secret: 404 by the view, and 404 by a tenant's host, which has no such page; neither asks for
    a form's token."""
    assert Client(live, "localhost").post("/billing/webhook", {}).text == "no_secret"
    assert Client(live, acme.host).post("/billing/webhook", {}).text != "no_secret"
