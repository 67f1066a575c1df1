"""What operators read of money, and what they give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Customer, Grant, Invoice, Subscription
from console import revenue
from tenants.models import Account, Tenant
from tenants.usage import month_of
from tests.support.cast import Tenancy, make_tenant
from tests.support.operators import as_operator, operator
from tests.support.server import LiveServer
from tests.support.statements import statements

NOW = datetime.now(UTC)
LONG_AGO = month_of(NOW) - timedelta(days=40)


@pytest.fixture
def otto() -> Account:
    return operator()


@pytest.fixture(autouse=True)
def nothing_sold() -> Iterator[None]:
    for rows in (Subscription, Invoice):
        rows.objects.all().delete()
    yield
    for rows in (Subscription, Invoice):
        rows.objects.all().delete()


def sell(**fields: object) -> Tenancy:
    tenancy = make_tenant("buyer")
    given = {
        "stripe_id": f"sub_{tenancy.schema_name}",
        "status": "active",
        "plan": "pro",
        "interval": "month",
        "seats": 3,
        "currency": "usd",
        "started_at": LONG_AGO,
        "period_start": NOW,
        "period_end": NOW + timedelta(days=30),
    }
    Subscription.objects.create(tenant=tenancy.made.tenant, **{**given, **fields})
    return tenancy


def invoice(tenancy: Tenancy, number: int, paid: int, due: int, at: datetime) -> None:
    Invoice.objects.create(
        stripe_id=f"in_{tenancy.schema_name}_{number}",
        tenant=tenancy.made.tenant,
        status="open" if due else "paid",
        currency="usd",
        subtotal=paid + due,
        total=paid + due,
        amount_paid=paid,
        amount_due=due,
        created_at=at,
    )


def test_what_comes_in_by_month_is_counted_by_currency_and_years_in_twelfths() -> None:
    sell()
    sell(interval="year", seats=4)
    sell(plan="scale", currency="eur", unpaid_since=NOW, status="past_due")
    sell(status="trialing", trial_ends_at=NOW + timedelta(days=2))
    sell(status="canceled", ended_at=NOW)
    found = revenue.recurring(revenue.sold())
    assert dict(found.monthly) == {"usd": 3 * 19_00 + 4 * 190_00 // 12, "eur": 3 * 139_00}
    assert (found.paying, found.trials, found.unpaid) == (3, 1, 1)


def test_churn_is_of_those_who_paid_when_the_month_began() -> None:
    sell()
    sell(status="canceled", ended_at=NOW, seats=5)
    sell(status="canceled", ended_at=LONG_AGO + timedelta(days=1))
    sell(status="canceled", ended_at=NOW, started_at=NOW)
    sell(status="canceled", ended_at=NOW, trial_ends_at=NOW)
    found = revenue.churn(NOW)
    assert (found.there, found.left, dict(found.lost)) == (2, 1, {"usd": 5 * 19_00})
    assert found.percent == 50


def test_the_page_has_who_owes_who_tries_and_what_was_paid_by_month(live: LiveServer, otto: Account) -> None:
    behind = sell(status="past_due", unpaid_since=NOW - timedelta(days=3))
    for number, at in enumerate((NOW, LONG_AGO)):
        invoice(behind, number, 0, 57_00, at)
    trying = sell(status="trialing", trial_ends_at=NOW + timedelta(days=2))
    invoice(trying, 1, 12_34, 0, NOW)
    page = as_operator(live, otto).get("/operators/revenue").text
    for said in ("$114.00", "$12.34", f"{NOW:%b %Y}", "A month, in USD", "$57.00", "There are no Stripe keys"):
        assert said in page, said
    for tenancy in (behind, trying):
        assert f"/operators/tenants/tenant/{tenancy.record.id}/billing" in page
    overview = as_operator(live, otto).get("/operators/").text
    assert "$57.00" in overview


def test_it_takes_as_many_statements_for_many_tenants_as_for_few() -> None:
    def asked() -> int:
        with statements() as found:
            revenue.recurring(revenue.sold())
            list(revenue.trials()), list(revenue.unpaid())
            revenue.churn(NOW)
            revenue.paid_by_month(NOW)
        return len(found)

    few = asked()
    for _ in range(5):
        invoice(sell(status="past_due", unpaid_since=NOW), 1, 5, 7, NOW)
        sell(status="trialing", trial_ends_at=NOW)
    assert asked() == few == 5


def test_a_plan_is_granted_and_ended_and_limits_by_hand_outlast_what_is_bought(
    live: LiveServer, acme: Tenancy, otto: Account
) -> None:
    console, path = as_operator(live, otto), f"/operators/tenants/tenant/{acme.record.id}"
    refused = console.submit(f"{path}/billing", action="grant", plan="pro", days="0", reason="x")
    assert refused.status == 422
    assert console.submit(f"{path}/billing", action="grant", plan="pro", days="30", reason="A launch").status == 302
    [given] = Grant.objects.filter(tenant=acme.made.tenant)
    assert (given.plan, given.granted_by_id, given.ends_at is not None) == ("pro", otto.pk, True)
    assert row(acme).plan == "pro"

    page = console.get(f"{path}/limits").text
    limits = fields_of(page)
    console.submit(f"{path}/limits", action="change", **{**limits, "rooms": "77"})
    made = Grant.objects.filter(tenant=acme.made.tenant).latest("pk")
    assert (made.limits, made.plan, row(acme).rooms) == ({"rooms": 77}, "", 77)
    console.submit(f"{path}/limits", action="change", **{**limits, "rooms": "77", "seats": "9"})
    assert Grant.objects.filter(tenant=acme.made.tenant).latest("pk").limits == {"rooms": 77, "seats": 9}

    assert console.submit(f"{path}/billing", action="end_grant", grant=str(given.pk)).status == 302
    assert (row(acme).plan, row(acme).rooms) == ("free", 77), "what was granted apart stays"
    terms = {"name": "Acme", "plan": "scale", "region": "", "notes": ""}
    console.submit(path, action="change", **terms)
    assert (row(acme).plan, row(acme).rooms) == ("scale", None), "another plan brings its limits"
    shown = console.get(f"{path}/billing").text
    for said in ("A launch", "Rooms: 77; places in the team: 9", "Scale"):
        assert said in shown, said
    assert "ended" in shown


def test_nothing_is_ended_or_credited_that_is_not_this_tenants(
    live: LiveServer, acme: Tenancy, globex: Tenancy, otto: Account
) -> None:
    others = Grant.objects.create(tenant=globex.made.tenant, plan="pro", reason="Theirs")
    console, path = as_operator(live, otto), f"/operators/tenants/tenant/{acme.record.id}/billing"
    for said in (str(others.pk), "9" * 40, "²", ""):
        answer = console.submit(path, action="end_grant", grant=said)
        assert "There is no such grant." in console.get(answer.headers["Location"]).text
    others.refresh_from_db()
    assert others.ended_at is None
    answer = console.submit(path, action="credit", amount="5.00", currency="usd", reason="Sorry")
    assert "not bought anything" in console.get(answer.headers["Location"]).text
    assert not Customer.objects.filter(tenant=acme.made.tenant).exists()


def row(tenancy: Tenancy) -> Tenant:
    found: Tenant = Tenant.objects.get(pk=tenancy.record.id)
    return found


def fields_of(page: str) -> dict[str, str]:
    """What the form says as it is."""
    inputs = re.findall(r'<input type="number" name="(\w+)"(?: value="(\d*)")?', page)
    return dict(inputs)
