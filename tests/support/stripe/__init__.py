"""A stand-in for Stripe: a stateful server that the real stripe library speaks to. It needs no key and no network.

In a test::

    with StripeStandIn(now=1_800_000_000) as stand_in:
        client = stand_in.client()                      # or STRIPE_API_BASE=stand_in.url
        secret = stand_in.endpoint("http://…/billing/webhook")
        …
        stand_in.pay(session.id)                        # what a customer does on the page of a Checkout Session
        stand_in.advance(15 * 86_400)                   # trials end, invoices are paid, retried, given up

As a process of its own: ``python -m tests.support.stripe --port 9000 --webhook URL --state FILE``.

Time: customers made with a test clock live in its time, which ``test_clocks.advance`` moves; all others in the
stand-in's, which is the machine's unless ``now`` stopped it, and which ``advance`` moves.

Cards: see ``payments.CARDS``; ``pm_card_visa`` is good.

Switches, as methods or as ``POST /_control/<name>`` with JSON arguments:

* ``deliver(delay=, repeat=, shuffle=, lose_types=, lose_nth=, hold=, retries=)``: how webhooks travel;
  ``release([ids])``: held ones go, in this order; ``settled()``: waits until none is under way.
* ``fail(n, how)``: the next n requests meet a status, ``timeout`` (nothing done) or ``lost`` (done, no answer).
* ``slowly(seconds)``, ``down(True)``; ``stop()`` and ``start()`` for an address that refuses connections.
* ``settings(tax_percent=, retry_days=, after_retries=)``: the account's.
* ``events``: all events in order, and ``signed(event, secret)`` what a delivery of one looks like, for a test that
  delivers in every order itself.

It speaks the API version of the stripe library that is installed and refuses parameters which that does not declare.
It does not know: one-time payments, pending updates, invoices sent by mail, credit grants, Connect.
"""

from tests.support.stripe.errors import Refused
from tests.support.stripe.stand_in import KEY, StripeStandIn

__all__ = ["KEY", "Refused", "StripeStandIn"]
