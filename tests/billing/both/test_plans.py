"""A subscription from its trial to its end, and what each change of it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.entitlements import standing
from billing.gateway_stripe import GatewayRefused
from billing.plans import TRIAL_DAYS
from billing.subscriptions import cancel_subscription, change_subscription, preview_change, resume_subscription
from tests.billing.both.account import Buyer
from tests.billing.both.recount import amounts, cost, rest


def test_a_trial_becomes_paid_more_costs_the_rest_of_the_period_and_less_comes_at_its_end(buyer: Buyer) -> None:
    trial = buyer.subscribe("pro", trial_period_days=TRIAL_DAYS)
    assert buyer.told() == ("trialing", "pro", "month", 3)
    assert trial.trial_ends_at == buyer.account.now + timedelta(days=TRIAL_DAYS)
    assert [invoice.total for invoice in buyer.invoices] == [0]

    buyer.advance(days=TRIAL_DAYS + 1)
    paid = buyer.subscription
    assert buyer.told() == ("active", "pro", "month", 3)
    assert [(invoice.total, invoice.amount_paid) for invoice in buyer.invoices] == [(cost("pro"), cost("pro")), (0, 0)]

    before, after = (rest(cost(plan), paid, buyer.account.now) for plan in ("pro", "scale"))
    preview = preview_change(buyer.tenant, "scale", "month", 3)
    change_subscription(buyer.tenant, "scale", "month", 3)
    assert buyer.told() == ("active", "scale", "month", 3)
    upgrade = buyer.invoices[0]
    assert (upgrade.status, upgrade.total, amounts(upgrade)) == ("paid", after - before, [-before, after])
    assert (preview.amount_due_now, preview.at) == (upgrade.total, None)
    assert buyer.tenant.plan == "scale"

    assert preview_change(buyer.tenant, "pro", "month", 3).at == buyer.subscription.period_end
    change_subscription(buyer.tenant, "pro", "month", 3)
    assert (buyer.subscription.plan, buyer.subscription.next_plan) == ("scale", "pro")
    renewal = buyer.renew()
    assert buyer.told() == ("active", "pro", "month", 3)
    assert (renewal.status, renewal.total) == ("paid", cost("pro"))
    assert (buyer.subscription.next_plan, buyer.tenant.plan) == ("", "pro")


def test_what_is_cancelled_is_resumed_while_the_period_lasts_and_ends_with_it_otherwise(buyer: Buyer) -> None:
    buyer.subscribe("scale")
    change_subscription(buyer.tenant, "pro", "month", 3)
    resume_subscription(buyer.tenant)
    assert buyer.subscription.next_plan == ""
    cancel_subscription(buyer.tenant)
    assert buyer.subscription.ends_at == buyer.subscription.period_end
    resume_subscription(buyer.tenant)
    assert buyer.subscription.ends_at is None
    assert buyer.renew().total == cost("scale")

    cancel_subscription(buyer.tenant)
    assert (standing(buyer.tenant).plan, standing(buyer.tenant).banner) == ("scale", "ending")
    buyer.renew()
    assert (buyer.subscription.status, buyer.tenant.plan) == ("canceled", "free")
    assert sum(invoice.total for invoice in buyer.invoices) == 2 * cost("scale")


def test_seats_and_years_are_paid_to_the_cent(buyer: Buyer) -> None:
    month = buyer.subscribe("pro")
    assert [invoice.total for invoice in buyer.invoices] == [cost("pro")]
    buyer.advance(days=10, seconds=4321)
    three, five = (rest(cost("pro", seats), month, buyer.account.now) for seats in (3, 5))
    change_subscription(buyer.tenant, "pro", "month", 5)
    assert (buyer.told(), buyer.tenant.seats) == (("active", "pro", "month", 5), 5)
    assert (buyer.invoices[0].total, amounts(buyer.invoices[0])) == (five - three, [-three, five])

    buyer.advance(days=3)
    unused = rest(cost("pro", 5), month, buyer.account.now)
    change_subscription(buyer.tenant, "pro", "year", 5)
    assert buyer.told() == ("active", "pro", "year", 5)
    yearly = buyer.invoices[0]
    assert (yearly.status, yearly.total) == ("paid", cost("pro", 5, "year") - unused)
    assert buyer.subscription.period_start == buyer.account.now

    change_subscription(buyer.tenant, "pro", "year", 4)
    assert buyer.subscription.seats == 5
    assert buyer.renew().total == cost("pro", 4, "year")
    assert (buyer.told(), buyer.tenant.seats) == (("active", "pro", "year", 4), 4)


def test_a_change_whose_payment_is_declined_changes_nothing(buyer: Buyer) -> None:
    buyer.subscribe("pro")
    buyer.take_card("pm_card_chargeCustomerFail")
    buyer.advance(days=1)
    with pytest.raises(GatewayRefused, match="declined") as refused:
        change_subscription(buyer.tenant, "scale", "month", 3)
    assert refused.value.reason == "card_declined"
    buyer.sync()
    assert (buyer.told(), buyer.tenant.plan) == (("active", "pro", "month", 3), "pro")
    assert [(invoice.status, invoice.total) for invoice in buyer.invoices] == [("paid", cost("pro"))]
