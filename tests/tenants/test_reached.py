"""What of a month's limits is judged to be used up."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from tenants.models import ActiveUser, Figure, Tenant, Usage
from tenants.reached import judge
from tenants.terms import change_terms
from tests.support.cast import Tenancy

NOW = datetime(2026, 11, 20, 12, 30, 30, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def _limit(tenancy: Tenancy, **limits: int) -> Tenant:
    Tenant.objects.filter(pk=tenancy.record.id).update(**limits)
    return tenancy.made.tenant


def _reached(tenant: Tenant, at: datetime = NOW) -> list[str]:
    """As every minute's job leaves it."""
    judge(at)
    return list(Tenant.objects.values_list("reached", flat=True).get(pk=tenant.pk))


def _counted(tenant: Tenant, hour: datetime, messages: int, *, final: bool = True) -> None:
    Usage.objects.create(tenant=tenant, hour=hour, messages=messages, final=final)


def _noted(tenant: Tenant, at: datetime, messages: int) -> None:
    """As a process does with its beat."""
    Figure.objects.create(tenant=tenant, span="minute", at=at.replace(second=0), messages=messages)


def test_final_hours_and_the_minutes_since_are_put_together(acme: Tenancy) -> None:
    tenant = _limit(acme, monthly_messages=100)
    this_hour = NOW.replace(minute=0, second=0)
    _counted(tenant, this_hour - 3 * HOUR, 60)
    _noted(tenant, this_hour - 3 * HOUR, 60)  # it is counted already
    _counted(tenant, this_hour - HOUR, 10, final=False)  # more than was noted: a process was killed
    _noted(tenant, this_hour - HOUR, 8)
    _noted(tenant, NOW - 2 * MINUTE, 29)
    assert _reached(tenant) == []
    _noted(tenant, NOW - MINUTE, 1)
    assert _reached(tenant) == ["monthly_messages"]
    assert _reached(tenant, NOW + timedelta(days=11)) == [], "a new month"


def test_people_count_once_and_only_of_this_month(acme: Tenancy) -> None:
    tenant = _limit(acme, monthly_active_users=2)
    _noted(tenant, NOW - MINUTE, 3)
    for month in (NOW.date().replace(day=1), NOW.date().replace(month=10, day=1)):
        for _ in range(1 if month.month == 11 else 5):
            _wrote(tenant, month)
    assert _reached(tenant) == []
    _wrote(tenant, NOW.date().replace(day=1))
    assert _reached(tenant) == ["monthly_active_users"]


def _wrote(tenant: Tenant, month: object) -> None:
    ActiveUser.objects.create(tenant=tenant, month=month, person=uuid.uuid4(), first_hour=NOW, latest_hour=NOW)


def test_a_limit_that_rises_is_free_again_at_once_and_one_that_falls_holds_at_once(acme: Tenancy) -> None:
    now = datetime.now(UTC)
    _limit(acme, monthly_messages=10)
    _counted(acme.made.tenant, now.replace(minute=0, second=0, microsecond=0), 10, final=False)
    assert change_terms(acme.slug, {"monthly_messages": 9}).reached == ["monthly_messages"]
    assert change_terms(acme.slug, {"monthly_messages": 11}).reached == []
    assert change_terms(acme.slug, {"monthly_messages": None}).reached == []


def test_who_is_quiet_and_has_used_nothing_up_costs_no_look(acme: Tenancy) -> None:
    tenant = _limit(acme, monthly_messages=1)
    _noted(tenant, NOW - HOUR, 5)
    assert _reached(tenant) == []
    _noted(tenant, NOW - MINUTE, 1)
    assert _reached(tenant) == ["monthly_messages"]
