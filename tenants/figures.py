"""Figures over time: minutes summed up to hours and days, what is old forgotten, and what the consoles show of them."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Q

from tenants.models import Figure
from tenants.routers import SHARED

_KEPT = {
    Figure.Span.MINUTE: timedelta(hours=48),
    Figure.Span.HOUR: timedelta(days=90),
    Figure.Span.DAY: timedelta(days=730),
}


class Over(enum.StrEnum):
    """How far back is looked."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


def over_of(asked: str | None) -> Over:
    """What an address asks for; the hour where it makes no sense."""
    return Over(asked) if asked in set(Over) else Over.HOUR


_SPANS = {
    Over.HOUR: (Figure.Span.MINUTE, timedelta(minutes=1), 60),
    Over.DAY: (Figure.Span.HOUR, timedelta(hours=1), 24),
    Over.MONTH: (Figure.Span.DAY, timedelta(days=1), 31),
}
_LABELS = {Over.HOUR: "%H:%M", Over.DAY: "%H:%M", Over.MONTH: "%d %b"}


# Keeping


def sum_up(now: datetime) -> None:
    """Hours from their minutes, days from their hours, from the last that was summed up on: again and again, until what
    is below them has gone."""
    _sum_up(Figure.Span.MINUTE, Figure.Span.HOUR, now)
    _sum_up(Figure.Span.HOUR, Figure.Span.DAY, now)


def _sum_up(fine: Figure.Span, coarse: Figure.Span, now: datetime) -> None:
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_SUM_UP, {"fine": fine, "coarse": coarse, "whole": now - _KEPT[fine]})


# The span before the last one may have been summed up before a process noted the end of it. No span is summed up of
# which some parts are forgotten already.
_SUM_UP = """
    INSERT INTO tenants_figure (tenant_id, span, at, messages, deliveries, errors, embeds, connections)
    SELECT tenant_id, %(coarse)s, date_trunc(%(coarse)s, at, 'UTC'), sum(messages), sum(deliveries), sum(errors),
        sum(embeds), max(connections)
    FROM tenants_figure
    WHERE span = %(fine)s AND at >= GREATEST(
        date_trunc(%(coarse)s, %(whole)s::timestamptz, 'UTC') + ('1 ' || %(coarse)s)::interval,
        (SELECT max(at) FROM tenants_figure WHERE span = %(coarse)s) - ('1 ' || %(coarse)s)::interval
    )
    GROUP BY 1, 3 ORDER BY 1, 3
    ON CONFLICT (tenant_id, span, at) DO UPDATE SET messages = excluded.messages, deliveries = excluded.deliveries,
        errors = excluded.errors, embeds = excluded.embeds, connections = excluded.connections
"""


def forget_old_figures(now: datetime) -> None:
    for span, kept in _KEPT.items():
        Figure.objects.filter(span=span, at__lt=now - kept).delete()


# Reading


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    label: str
    messages: int = 0
    deliveries: int = 0
    errors: int = 0
    connections: int = 0


def series(tenant_id: int | None, over: Over, now: datetime) -> Sequence[Point]:
    """A tenant's figures or, with None, the platform's: a point for each whole minute, or for each hour or day with the
    running one. One statement."""
    span, step, count = _SPANS[over]
    last = _begin(now, span) - (step if over is Over.HOUR else timedelta())
    start = last - step * (count - 1)
    whose = Q(tenant_id=tenant_id) if tenant_id is not None else Q(tenant_id__isnull=True)
    found = Figure.objects.filter(whose, span=span, at__gte=start, at__lte=last)
    figures = {figure.at: figure for figure in found}
    return [_point(start + step * place, figures.get(start + step * place), _LABELS[over]) for place in range(count)]


def _begin(now: datetime, span: Figure.Span) -> datetime:
    begun = now.astimezone(UTC).replace(second=0, microsecond=0)
    if span is Figure.Span.MINUTE:
        return begun
    return begun.replace(minute=0) if span is Figure.Span.HOUR else begun.replace(minute=0, hour=0)


def _point(at: datetime, figure: Figure | None, label: str) -> Point:
    if figure is None:
        return Point(at, at.strftime(label))
    return Point(at, at.strftime(label), figure.messages, figure.deliveries, figure.errors, figure.connections)


@dataclass(frozen=True, slots=True)
class Noise:
    """A tenant's share of what goes on."""

    tenant_id: int
    slug: str
    name: str
    messages: int
    connections: int
    errors: int


MEASURES = ("messages", "connections", "errors")


def noisiest(over: Over, now: datetime, most: int = 5) -> dict[str, list[Noise]]:
    """By each of MEASURES, the tenants that have most of it and any at all. One statement."""
    span, step, count = _SPANS[over]
    parameters: dict[str, Any] = {"span": span, "start": _begin(now, span) - step * (count - 1), "most": most}
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_NOISIEST, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {measure: [Noise(*row) for by, *row in rows if by == measure] for measure in MEASURES}


def _top(measure: str) -> str:
    loudest = f"WHERE {measure} > 0 ORDER BY {measure} DESC LIMIT %(most)s"
    return f"(SELECT '{measure}' AS by, summed.* FROM summed {loudest})"  # noqa: S608 - a constant


_NOISIEST = f"""
    WITH summed AS (
        SELECT tenant_id, sum(messages)::bigint AS messages, max(connections) AS connections,
            sum(errors)::bigint AS errors
        FROM tenants_figure WHERE span = %(span)s AND at >= %(start)s AND tenant_id IS NOT NULL GROUP BY 1
    ), top AS ({" UNION ALL ".join(map(_top, MEASURES))})
    SELECT by, tenant.id, slug, name, messages, connections, errors
    FROM top JOIN tenants_tenant tenant ON tenant.id = tenant_id
    ORDER BY by, CASE by WHEN 'messages' THEN messages WHEN 'connections' THEN connections ELSE errors END DESC, slug
"""  # noqa: S608 - constants
