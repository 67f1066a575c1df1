"""Plans: what each lets a tenant use."""

from __future__ import annotations

import math
import re
from dataclasses import fields, replace
from itertools import pairwise

import pytest

from billing.plans import PLANS, Plan
from tenants import limits
from tenants.directory import record_of
from tenants.limits import RateLimited, searches_per_user, take_here, uploads_per_user
from tenants.models import Tenant
from tenants.records import Limits
from tests.support.cast import make_tenant
from tests.support.plugin import ROOT
from tests.support.tables import set_limits

PROTOCOL = ROOT / "chat" / "PROTOCOL.md"


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
        assert all(_most(less, field.name) <= _most(more, field.name) for field in fields(Limits))


def _most(limits: Limits, name: str) -> float:
    value = getattr(limits, name)
    return math.inf if value is None else value


PACES = [
    *(
        "calls_per_second",
        "call_burst",
        "key_calls_per_second",
        "key_call_burst",
        "searches_per_second",
        "search_burst",
    ),
    *("uploads_per_minute", "connects_per_minute", "address_connects_per_minute"),
]


@pytest.mark.parametrize("pace", PACES)
def test_each_plan_has_a_pace_of_its_own(pace: str) -> None:
    paces = [getattr(plan.limits, pace) for plan in PLANS.values()]
    assert paces == sorted(set(paces))
    assert len(paces) == len(PLANS)


def test_the_protocol_page_has_the_plans_paces() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+-per-[a-z]+)` \|[^|]*\| (.*) \|$", PROTOCOL.read_text(), re.MULTILINE))
    paces = [pace for name, pace in vars(limits).items() if "_per_" in name]
    assert len(paces) == len(rows)
    for pace in paces:
        each = [pace(PLANS[name].limits) for name in ("free", "pro", "scale")]
        assert rows[each[0].name] == " | ".join(f"{one.rate:,g} ({one.burst:,})" for one in each)


def test_a_number_of_the_tenants_own_stands_where_its_plan_has_another() -> None:
    made = make_tenant("own", plan="pro", limits=PLANS["pro"].columns)
    set_limits(made, uploads_per_minute=3)
    own = record_of(Tenant.objects.get(pk=made.record.id))
    assert own.limits == replace(PLANS["pro"].limits, uploads_per_minute=3)
    for _ in range(3):
        take_here(own, uploads_per_user(own.limits), "ann")
    with pytest.raises(RateLimited):
        take_here(own, uploads_per_user(own.limits), "ann")
    take_here(own, searches_per_user(own.limits), "ann")


def test_a_tenant_without_a_plan_goes_at_the_free_ones_pace_and_is_counted_by_no_month() -> None:
    made = make_tenant("none").record.limits
    free = PLANS["free"].limits
    assert all(getattr(made, field.name) in (getattr(free, field.name), None) for field in fields(Limits))
    assert (made.monthly_messages, made.rooms) == (None, None) != (free.monthly_messages, free.rooms)
