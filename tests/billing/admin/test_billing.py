"""The console's page of billing without a browser: its states, who may what, and without Stripe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from billing.entitlements import entitle
from billing.models import Customer, Grant, Invoice, Subscription
from tenants.models import Account, Role, Tenant
from tests.support.cast import Tenancy
from tests.support.http import Client, once_allowed, with_session
from tests.support.server import LiveServer
from tests.support.sessions import session_of

PAGE = "/admin/billing"


@pytest.fixture
def olive(acme: Tenancy) -> Account:
    return acme.account("olive", Role.OWNER)


def subscribe(tenancy: Tenancy, **fields: object) -> Subscription:
    now = datetime.now(UTC)
    given = {
        "stripe_id": f"sub_{tenancy.schema_name}",
        "status": "active",
        "plan": "pro",
        "interval": "month",
        "seats": 5,
        "currency": "usd",
        "started_at": now - timedelta(days=10),
        "period_start": now - timedelta(days=10),
        "period_end": now + timedelta(days=20),
    }
    row, _ = Subscription.objects.update_or_create(tenant=tenancy.made.tenant, defaults={**given, **fields})
    entitle(tenancy.record.id, now)
    return row


def test_without_stripe_it_says_who_sets_plans_and_what_is_used(
    live: LiveServer, acme: Tenancy, olive: Account
) -> None:
    page = with_session(live, acme, olive).get(PAGE).text
    for said in ("Your plan: Free", "Plans are set by the platform’s operators", "Places in the team", "Messages this"):
        assert said in page, said
    assert "Take Pro" not in page
    assert "Invoices" not in page
    owner = with_session(live, acme, olive)
    Tenant.objects.filter(pk=acme.record.id).update(plan="scale")
    assert "You are on Scale, by arrangement." in owner.get(PAGE).text, "operators gave it by hand"
    assert owner.get(f"{PAGE}/plan?plan=pro").headers["Location"] == PAGE
    assert owner.get(f"{PAGE}/welcome").headers["Location"] == PAGE
    assert "We do not know yet" in owner.get(f"{PAGE}/welcome?session_id=cs_x").text


def test_how_it_stands_is_one_sentence_and_what_is_wrong_stands_above_every_page(
    live: LiveServer, acme: Tenancy, olive: Account
) -> None:
    owner, agent = with_session(live, acme, olive), with_session(live, acme, acme.account("ann", Role.AGENT))
    now = datetime.now(UTC)
    fine: dict[str, object] = {"unpaid_since": None, "ends_at": None, "next_plan": "", "status": "active"}
    soon = now + timedelta(days=3)
    for fields, told in (
        ({}, "5 places in the team, $95.00 a month. It renews on"),
        ({"status": "trialing", "trial_ends_at": soon}, f"You try Pro until {soon:%-d %B %Y}"),
        ({"next_plan": "scale", "next_interval": "year"}, "on it is Scale, paid yearly"),
        ({"status": "canceled", "ended_at": now}, "You are on Free. It costs nothing."),
    ):
        subscribe(acme, **{**fine, **fields})
        assert told in owner.get(PAGE).text
        assert "console-banner" not in owner.get("/admin/").text
    for fields, told in (
        ({"ends_at": soon}, f"cancelled and stays until {soon:%-d %B %Y}"),
        ({"unpaid_since": now - timedelta(days=4)}, f"works until {now + timedelta(days=10):%-d %B %Y}"),
    ):
        subscribe(acme, **{**fine, **fields})
        assert told in owner.get("/admin/").text
        assert told not in agent.get("/admin/").text, "while everything works, only who pays need know"
    subscribe(acme, **{**fine, "unpaid_since": now - timedelta(days=20)})
    assert "nothing written" in owner.get("/admin/").text
    assert "console-banner" in once_allowed(lambda: agent.get("/admin/chat/user/")).text
    subscribe(acme, **{**fine, "unpaid_since": now - timedelta(days=60)})
    assert "The data is kept until" in owner.get(PAGE).text


def test_what_was_granted_counts_as_an_arrangement(live: LiveServer, acme: Tenancy, olive: Account) -> None:
    Grant.objects.create(tenant=acme.made.tenant, plan="custom", reason="A friend")
    assert "You are on Custom, by arrangement." in with_session(live, acme, olive).get(PAGE).text


def test_invoices_are_listed_and_another_tenants_are_not(
    live: LiveServer, acme: Tenancy, globex: Tenancy, olive: Account
) -> None:
    for tenancy, number, total in ((acme, "ACME-0001", 113_05), (globex, "GLOBEX-0001", 1)):
        Customer.objects.create(tenant=tenancy.made.tenant, stripe_id=f"cus_{tenancy.slug}", email="a@example.test")
        Invoice.objects.create(
            stripe_id=f"in_{tenancy.slug}",
            tenant=tenancy.made.tenant,
            number=number,
            status="open",
            currency="eur",
            subtotal=total,
            total=total,
            amount_paid=0,
            amount_due=total,
            created_at=datetime.now(UTC),
            failed_at=datetime.now(UTC),
            page_url="https://example.com/pay",
            pdf_url="https://example.com/pdf",
        )
    page = with_session(live, acme, olive).get(PAGE).text
    for said in ("ACME-0001", "€113.05", "Payment failed", "https://example.com/pay", "https://example.com/pdf"):
        assert said in page, said
    assert "GLOBEX" not in page


def test_an_admin_looks_and_only_an_owner_buys(live: LiveServer, acme: Tenancy) -> None:
    admin = with_session(live, acme, acme.account("ada", Role.ADMIN))
    assert admin.get(PAGE).status == 200
    for path, action in ((PAGE, "cancel"), (f"{PAGE}/plan?plan=pro", "checkout")):
        assert admin.submit(path, page="/admin/settings", action=action).status == 403
    assert with_session(live, acme, acme.account("ann", Role.AGENT)).get(PAGE).status == 403
    assert Client(live, acme.host).get(PAGE).status == 302


def test_money_is_spent_only_by_who_was_there_lately(live: LiveServer, acme: Tenancy, olive: Account) -> None:
    stale = Client(live, acme.host, cookies={"sessionid": session_of(olive, acme, confirmed_at=0)})
    for path, action in ((f"{PAGE}/plan?plan=pro", "checkout"), (PAGE, "portal"), (PAGE, "cancel")):
        answer = stale.submit(path, page="/admin/settings", action=action)
        assert answer.headers["Location"].startswith("/account/confirm?next=%2Fadmin%2Fbilling")
