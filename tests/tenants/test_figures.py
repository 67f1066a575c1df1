"""Figures over time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tenants.figures import Over, forget_old_figures, noisiest, series, sum_up
from tenants.models import Figure
from tests.support.cast import Tenancy

NOW = datetime(2031, 5, 17, 14, 23, 45, tzinfo=UTC)  # when nothing else was counted
MINUTE, HOUR, DAY = Figure.Span.MINUTE, Figure.Span.HOUR, Figure.Span.DAY


@pytest.fixture(autouse=True)
def _gone() -> Iterator[None]:
    yield
    Figure.objects.filter(at__year__gte=2029).delete()


def _count(tenant: Tenancy | None, ago: timedelta, span: Figure.Span = MINUTE, **counted: int) -> None:
    at = (NOW - ago).replace(second=0)
    at = at if span is MINUTE else at.replace(minute=0) if span is HOUR else at.replace(hour=0, minute=0)
    Figure.objects.create(tenant_id=tenant.record.id if tenant else None, span=span, at=at, **counted)


def _noted(tenant: Tenancy, span: Figure.Span) -> list[tuple[int, int, int]]:
    found = Figure.objects.filter(tenant_id=tenant.record.id, span=span).order_by("at")
    return list(found.values_list("messages", "errors", "connections"))


def test_minutes_become_hours_and_days_however_often_they_are_summed_up(acme: Tenancy) -> None:
    for minutes, messages, connections in ((1, 5, 3), (2, 7, 9), (90, 100, 4)):
        _count(acme, timedelta(minutes=minutes), messages=messages, connections=connections, errors=1)
    _count(None, timedelta(minutes=1), messages=1_000)
    sum_up(NOW)
    sum_up(NOW)
    assert _noted(acme, HOUR) == [(100, 1, 4), (12, 2, 9)]
    assert _noted(acme, DAY) == [(112, 3, 9)]
    _count(acme, timedelta(minutes=3), messages=1)  # a process noted it late
    sum_up(NOW)
    assert _noted(acme, HOUR) == [(100, 1, 4), (13, 2, 9)]


def test_what_is_old_goes_and_what_was_summed_up_of_it_stays(acme: Tenancy) -> None:
    _count(acme, timedelta(hours=47), messages=5)
    sum_up(NOW)
    _count(acme, timedelta(hours=50), messages=3)
    _count(acme, timedelta(days=91), HOUR, messages=3)
    _count(acme, timedelta(days=731), DAY, messages=3)
    forget_old_figures(NOW + timedelta(hours=2))
    sum_up(NOW + timedelta(hours=2))
    assert _noted(acme, MINUTE) == []
    assert _noted(acme, HOUR) == [(5, 0, 0)]
    assert _noted(acme, DAY) == [(5, 0, 0)]


def test_a_series_has_a_point_for_each_minute_hour_or_day_and_of_one_tenant_alone(
    acme: Tenancy, globex: Tenancy
) -> None:
    for tenant, messages in ((acme, 4), (globex, 90), (None, 94)):
        _count(tenant, timedelta(minutes=1), messages=messages)
        _count(tenant, timedelta(0), HOUR, messages=messages)
        _count(tenant, timedelta(0), DAY, messages=messages)
    for over, count, label in ((Over.HOUR, 60, "14:22"), (Over.DAY, 24, "14:00"), (Over.MONTH, 31, "17 May")):
        points = series(acme.record.id, over, NOW)
        assert (len(points), points[-1].label, points[-1].messages) == (count, label, 4)
        assert sum(point.messages for point in points) == 4
        assert series(None, over, NOW)[-1].messages == 94


def test_the_noisiest_are_named_by_what_they_make_most_of(acme: Tenancy, globex: Tenancy) -> None:
    _count(acme, timedelta(minutes=1), messages=10, connections=2)
    _count(acme, timedelta(minutes=2), messages=10, connections=2)
    _count(globex, timedelta(minutes=1), messages=15, connections=30)
    _count(globex, timedelta(minutes=70), messages=999, errors=9)
    found = noisiest(Over.HOUR, NOW)
    slugs = {measure: [noise.slug for noise in loudest] for measure, loudest in found.items()}
    assert slugs == {"messages": [acme.slug, globex.slug], "connections": [globex.slug, acme.slug], "errors": []}
    assert [noise.messages for noise in found["messages"]] == [20, 15]
