"""Webhooks as they arrive: signed, and disturbed by each switch."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import stripe

from tests.billing.stand_in.conftest import Shop
from tests.support.stripe import StripeStandIn


class Ear:
    """An endpoint that keeps what it hears and answers with ``statuses``, then with 200."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((body, self.headers["Stripe-Signature"]))
                self.send_response(ear.statuses.pop(0) if ear.statuses else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/billing/webhook"
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def numbers(self) -> list[str]:
        """Of the customers that it heard of, in order."""
        return [json.loads(body)["data"]["object"]["name"] for body, _ in self.heard]


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.server.shutdown()
    made.server.server_close()


def _tell(stand_in: StripeStandIn, count: int) -> list[str]:
    """So many events, numbered by the names of new customers; those that were delivered are."""
    client = stand_in.client()
    for number in range(count):
        client.v1.customers.create({"name": str(number)})
    stand_in.settled()
    return [event["id"] for event in stand_in.events if event["type"] == "customer.created"][-count:]


def test_the_library_verifies_a_delivery_and_nothing_forged(stand_in: StripeStandIn, ear: Ear) -> None:
    secret = stand_in.endpoint(ear.url, "customer.created")
    [name] = _tell(stand_in, 1)
    body, header = ear.heard[0]
    event = stripe.Webhook.construct_event(body, header, secret)
    assert (event.id, event.type, event.livemode) == (name, "customer.created", False)
    assert stand_in.client().v1.events.retrieve(name).pending_webhooks == 0
    body, old = stand_in.signed(stand_in.events[-1], secret, at=int(time.time()) - 301)
    forged = stand_in.signed(stand_in.events[-1], "whsec_guessed")[1]
    for wrong in (old, forged):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, wrong, secret)


def test_each_endpoint_hears_what_it_asked_for_with_its_own_secret(stand_in: StripeStandIn, ear: Ear) -> None:
    endpoints = stand_in.client().v1.webhook_endpoints
    one, two = (endpoints.create({"url": ear.url, "enabled_events": [kind]}) for kind in ("customer.created", "*"))
    assert one.secret != two.secret
    _tell(stand_in, 1)
    assert sum(_verifies(heard, one.secret) for heard in ear.heard) == 1
    endpoints.update(two.id, {"disabled": True})
    _tell(stand_in, 1)
    assert len(ear.heard) == 3


def _verifies(heard: tuple[bytes, str], secret: str) -> bool:
    try:
        stripe.Webhook.construct_event(*heard, secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def test_deliveries_repeat_shuffle_vanish_and_wait(stand_in: StripeStandIn, ear: Ear) -> None:
    stand_in.endpoint(ear.url, "customer.created")
    stand_in.deliver(repeat=2)
    _tell(stand_in, 2)
    assert ear.numbers == ["0", "0", "1", "1"]
    ear.heard.clear()

    stand_in.deliver(repeat=1, lose_nth=[2])
    _tell(stand_in, 3)
    assert ear.numbers == ["0", "2"]
    stand_in.deliver(lose_types=["customer.*"])
    _tell(stand_in, 1)
    assert len(ear.heard) == 2
    ear.heard.clear()

    stand_in.deliver(lose_types=[], hold=True)
    names = _tell(stand_in, 4)
    assert ear.heard == []
    assert stand_in.release([names[2], names[0]]) == 2
    stand_in.settled()
    assert stand_in.release() == 2
    stand_in.settled()
    assert ear.numbers == ["2", "0", "1", "3"]
    ear.heard.clear()

    stand_in.deliver(hold=True, shuffle=3)
    _tell(stand_in, 8)
    stand_in.release()
    stand_in.settled()
    assert ear.numbers != sorted(ear.numbers) == [str(number) for number in range(8)]


def test_what_was_not_answered_well_comes_again(stand_in: StripeStandIn, ear: Ear) -> None:
    stand_in.endpoint(ear.url, "customer.created")
    stand_in.deliver(retries=[0, 0], delay=0.01)
    ear.statuses = [500, 302]
    _tell(stand_in, 1)
    assert [attempt.status for attempt in stand_in.deliveries] == [500, 302, 200]
    ear.statuses = [500, 500, 500]
    [name] = _tell(stand_in, 1)
    assert stand_in.client().v1.events.retrieve(name).pending_webhooks == 1


def test_every_switch_can_be_turned_over_http(stand_in: StripeStandIn, shop: Shop) -> None:
    assert _post(stand_in, "settings", tax_percent=19.0)["told"]["tax_percent"] == 19.0
    assert _post(stand_in, "advance", seconds=60)["told"] == stand_in.world.now()
    assert len(_post(stand_in, "events")["told"]) == len(stand_in.events)
    _post(stand_in, "deliver", hold=True)
    assert _post(stand_in, "release")["told"] == 0
    _post(stand_in, "settled")
    _post(stand_in, "slowly", seconds=0)
    _post(stand_in, "fail", times=1, how=503)
    with pytest.raises(stripe.APIError):
        shop.customer()
    _post(stand_in, "down", down=True)
    with pytest.raises(stripe.APIError):
        shop.customer()
    _post(stand_in, "down", down=False)
    for wrong in ({"name": "explode"}, {"name": "fail", "times": 1, "how": "nicely"}, {"name": "deliver", "late": 1}):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            _post(stand_in, **wrong)


def _post(stand_in: StripeStandIn, name: str, **arguments: Any) -> Any:
    asked = urllib.request.Request(f"{stand_in.url}/_control/{name}", json.dumps(arguments).encode(), method="POST")
    with urllib.request.urlopen(asked) as answer:
        return json.loads(answer.read())
