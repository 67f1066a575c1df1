"""What operators do at a tenant's page of billing, with Stripe behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenants.models import AuditEntry
from tests.billing.shop import Shop
from tests.support.cast import Tenancy
from tests.support.operators import as_operator, operator
from tests.support.server import LiveServer
from tests.support.stripe import KEY


def test_a_credit_reaches_stripes_balance_once_and_what_changed_there_is_read(
    shop: Shop, acme: Tenancy, serve: Callable[..., LiveServer]
) -> None:
    bought = shop.buy(acme)
    server = serve(STRIPE_SECRET_KEY=KEY, STRIPE_API_BASE=shop.stand_in.url)
    console, path = as_operator(server, operator()), f"/operators/tenants/tenant/{acme.record.id}/billing"

    for _ in range(2):  # a double click
        answer = console.submit(path, action="credit", amount="5.00", currency="usd", reason="Sorry")
        assert "Credited." in console.get(answer.headers["Location"]).text
    customer = shop.stand_in.client().v1.customers.retrieve(bought.tenant.customer.stripe_id)
    assert customer.balance == -5_00

    changes: Any = {"cancel_at_period_end": True}
    shop.stand_in.client().v1.subscriptions.update(bought.stripe_id, changes)
    assert shop.subscription(acme).ends_at is None
    answer = console.submit(path, action="sync")
    assert "As Stripe has it now." in console.get(answer.headers["Location"]).text
    assert shop.subscription(acme).ends_at == bought.period_end
    [made] = shop.stand_in.client().v1.customers.balance_transactions.list(customer.id).data
    for chain in (acme.schema_name, AuditEntry.PLATFORM):
        [told] = AuditEntry.objects.filter(chain=chain, action="credit.given", target=f"tenant:{acme.slug}")
        assert told.after == {"cents": 500, "currency": "usd", "reason": "Sorry", "transaction": made.id}
