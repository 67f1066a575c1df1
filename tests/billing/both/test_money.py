"""What is taken off, what fails, and what is used."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from billing.entitlements import FULL_FOR, credit, standing
from billing.gateway_stripe import gateway
from billing.metering import metered, note_meter_events, send_meter_events
from billing.models import MeterEvent
from billing.plans import PLANS
from billing.subscriptions import change_subscription
from kit.errors import ParleyError
from tenants.models import AuditEntry, Usage
from tenants.records import Service
from tenants.usage import month_of
from tests.billing.both.account import Buyer
from tests.billing.both.recount import amounts, cost

HOUR = timedelta(hours=1)


def test_a_card_that_fails_leads_into_dunning_and_a_good_one_out_of_it(buyer: Buyer) -> None:
    buyer.subscribe("pro")
    buyer.take_card("pm_card_chargeCustomerFail")
    failed = buyer.renew()
    assert buyer.told()[0] == "past_due"
    assert (failed.status, failed.amount_due, failed.amount_paid) == ("open", cost("pro"), 0)
    assert buyer.subscription.unpaid_since == failed.failed_at
    assert standing(buyer.tenant, buyer.account.now).banner == "payment_failed"
    with pytest.raises(ParleyError, match="has to be paid first"):
        change_subscription(buyer.tenant, "scale", "month", 3)
    buyer.sync(later=FULL_FOR)
    assert (buyer.tenant.service, buyer.tenant.plan) == (Service.READ_ONLY.value, "pro")

    buyer.take_card("pm_card_visa")
    buyer.account.client.v1.invoices.pay(failed.stripe_id)
    buyer.sync(later=FULL_FOR)
    assert (buyer.told()[0], buyer.subscription.unpaid_since) == ("active", None)
    assert (buyer.tenant.service, buyer.invoices[0].status) == (Service.FULL.value, "paid")
    assert buyer.invoices[0].amount_paid == cost("pro")


def test_a_promotion_code_takes_its_part_off_each_invoice_also_after_a_smaller_plan(buyer: Buyer, code: str) -> None:
    promotion = gateway().promotion_code(code)
    assert promotion is not None
    buyer.subscribe("scale", discounts=[{"promotion_code": promotion}])
    assert [(invoice.subtotal, invoice.total) for invoice in buyer.invoices] == [(cost("scale"), cost("scale") // 2)]
    change_subscription(buyer.tenant, "pro", "month", 3)
    renewal = buyer.renew()
    assert buyer.told() == ("active", "pro", "month", 3)
    assert (renewal.subtotal, renewal.total, renewal.amount_paid) == (cost("pro"), cost("pro") // 2, cost("pro") // 2)


def test_a_credit_is_taken_off_the_next_invoice_once_however_often_it_is_clicked(buyer: Buyer) -> None:
    buyer.subscribe("pro")
    for _ in range(2):
        credit(buyer.tenant, 5_00, "usd", "Sorry")
    assert buyer.account.client.v1.customers.retrieve(buyer.customer).balance == -5_00
    assert AuditEntry.objects.filter(chain=buyer.tenancy.schema_name, action="credit.given").count() == 1
    renewal = buyer.renew()
    assert (renewal.total, renewal.amount_paid, renewal.status) == (cost("pro"), cost("pro") - 5_00, "paid")


def test_what_is_used_is_counted_once_by_stripes_meters_and_is_on_the_invoice(buyer: Buyer) -> None:
    """By then the clock is where the machine's is, as events must lie in the past month by either."""
    buyer.subscribe("pro")
    buyer.advance(days=3)
    end = _use(buyer)
    for _ in range(2):
        note_meter_events(buyer.account.now)
        send_meter_events(buyer.account.now)
    MeterEvent.objects.filter(tenant=buyer.tenant, meter="messages").update(sent_at=None)
    send_meter_events(buyer.account.now)  # as after an answer that was lost
    sent = MeterEvent.objects.filter(tenant=buyer.tenant)
    assert {(event.sent_at is None, event.failure) for event in sent} == {(False, "")}

    def counted() -> dict[str, int | None]:
        found = metered(buyer.tenant, month_of(end), end, ask_stripe=True)
        return {each.meter: each.at_stripe for each in found}

    used = {"active_users": 10_250, "messages": 157, "peak_connections": 80, "stored_mib": 3}
    buyer.account.wait(lambda: counted() == used)
    renewal = buyer.renew()
    beyond = 10_250 - PLANS["pro"].included["monthly_active_users"]
    overage = beyond * PLANS["pro"].overage["monthly_active_users"]["usd"] // 100
    assert (overage, renewal.status, renewal.total) == (2_50, "paid", cost("pro") + 2_50)
    assert amounts(renewal) == [overage, cost("pro")]


def _use(buyer: Buyer) -> datetime:
    """Three hours of yesterday, which are of one month: when they end."""
    first = (buyer.account.now - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [(9_000, 100, 80, 1 << 20), (10_250, 50, 20, 5 << 20), (10_250, 7, 80, (2 << 20) + 1)]
    for place, (active, messages, peak, stored) in enumerate(hours):
        counted = {"active_users": active, "messages": messages, "peak_connections": peak, "stored_bytes": stored}
        Usage.objects.create(tenant=buyer.tenant, hour=first + place * HOUR, final=True, **counted)
    return first + 3 * HOUR
