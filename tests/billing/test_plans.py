"""Plans: what each lets a tenant use."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import pytest

from billing.plans import PLANS, Plan
from tenants.models import Tenant
from tenants.records import Limits
from tests.support.cast import make_tenant


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_plans_limits_are_columns_of_the_tenant(plan: Plan) -> None:
    made = make_tenant("plan", plan=plan.name, limits=plan.columns)
    row = Tenant.objects.get(pk=made.record.id)
    assert {name: getattr(row, name) for name in plan.columns} == plan.columns
    assert made.record.limits == plan.limits


def test_plans_are_found_by_their_names() -> None:
    assert {name: plan.name for name, plan in PLANS.items()} == {name: name for name in PLANS}
    assert "free" in PLANS


def test_a_plan_that_costs_more_never_gives_less() -> None:
    order = [PLANS[name].limits for name in ("free", "pro", "scale", "custom")]
    for less, more in pairwise(order):
        assert all(getattr(less, field.name) <= getattr(more, field.name) for field in fields(Limits))


def test_the_free_plan_is_what_a_tenant_has_without_any() -> None:
    assert PLANS["free"].limits == Limits() == make_tenant("none").record.limits
