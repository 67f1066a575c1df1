"""What each tenant used, hour by hour: noted by ``chat.commands.usage``, read by the consoles and by what bills it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from django.db.models import Max, Sum

from tenants.connections import public_connection
from tenants.models import ActiveUser, Figure, Tenant, Usage

_KEPT = timedelta(days=400)
_HOUR = timedelta(hours=1)


class Wrote(Protocol):
    """Somebody who wrote in a month."""

    @property
    def person(self) -> UUID: ...
    @property
    def month(self) -> date: ...
    @property
    def first_hour(self) -> datetime: ...
    @property
    def latest_hour(self) -> datetime: ...


class CountedHour(NamedTuple):
    """As Usage has it."""

    hour: datetime
    messages: int
    active_users: int
    peak_connections: int
    stored_bytes: int
    final: bool


# Noting


async def counted_until(tenant: Tenant) -> datetime | None:
    """The end of the last hour that is final."""
    last = (
        await Usage.objects.filter(tenant=tenant, final=True).order_by("-hour").values_list("hour", flat=True).afirst()
    )
    return last + _HOUR if last else None


async def peaks_by_hour(tenant: Tenant, start: datetime, end: datetime) -> Mapping[datetime, int]:
    """The most connections in one minute of each hour, from the minutes while there are any."""
    async with public_connection() as connection:
        cursor = await connection.execute(_PEAKS, {"tenant": tenant.pk, "start": start, "end": end})
        return dict(await cursor.fetchall())


_PEAKS = """
    SELECT date_trunc('hour', at, 'UTC'), max(connections) FROM tenants_figure
    WHERE tenant_id = %(tenant)s AND span IN ('minute', 'hour') AND at >= %(start)s AND at < %(end)s GROUP BY 1
"""


async def note_writers(tenant: Tenant, found: Sequence[Wrote]) -> None:
    """Each once a month, however often they are noted."""
    columns = {
        "people": [each.person for each in found],
        "months": [each.month for each in found],
        "firsts": [each.first_hour for each in found],
        "latests": [each.latest_hour for each in found],
    }
    async with public_connection() as connection:
        await connection.execute(_NOTE_WRITERS, {"tenant": tenant.pk, **columns})


_NOTE_WRITERS = """
    INSERT INTO tenants_activeuser AS known (tenant_id, month, person, first_hour, latest_hour)
    SELECT %(tenant)s, month, person, first_hour, latest_hour
    FROM unnest(%(people)s::uuid[], %(months)s::date[], %(firsts)s::timestamptz[], %(latests)s::timestamptz[])
        AS found (person, month, first_hour, latest_hour)
    ORDER BY month, person
    ON CONFLICT (tenant_id, month, person) DO UPDATE SET
        first_hour = LEAST(known.first_hour, excluded.first_hour),
        latest_hour = GREATEST(known.latest_hour, excluded.latest_hour)
    WHERE known.first_hour > excluded.first_hour OR known.latest_hour < excluded.latest_hour
"""


async def active_users_at(tenant: Tenant, hours: Sequence[datetime]) -> Mapping[datetime, int]:
    """Of each hour, how many had written in its month by its end."""
    async with public_connection() as connection:
        cursor = await connection.execute(_ACTIVE, {"tenant": tenant.pk, "hours": list(hours)})
        return dict(await cursor.fetchall())


_ACTIVE = """
    SELECT hour, (
        SELECT count(*) FROM tenants_activeuser
        WHERE tenant_id = %(tenant)s AND month = date_trunc('month', hour AT TIME ZONE 'UTC')::date
            AND first_hour <= hour
    ) FROM unnest(%(hours)s::timestamptz[]) AS asked (hour)
"""


async def note_usage(tenant: Tenant, counted: Sequence[CountedHour]) -> None:
    """What is final stays."""
    columns = zip(*counted, strict=True)
    arrays = {name: list(column) for name, column in zip(CountedHour._fields, columns, strict=True)}
    async with public_connection() as connection:
        await connection.execute(_NOTE_USAGE, {"tenant": tenant.pk, **arrays})


_NOTE_USAGE = """
    INSERT INTO tenants_usage AS known
        (tenant_id, hour, messages, active_users, peak_connections, stored_bytes, final)
    SELECT %(tenant)s, * FROM unnest(%(hour)s::timestamptz[], %(messages)s::bigint[], %(active_users)s::bigint[],
        %(peak_connections)s::bigint[], %(stored_bytes)s::bigint[], %(final)s::bool[])
    ON CONFLICT (tenant_id, hour) DO UPDATE SET messages = excluded.messages, active_users = excluded.active_users,
        peak_connections = excluded.peak_connections, stored_bytes = excluded.stored_bytes, final = excluded.final
    WHERE NOT known.final
"""


def forget_old_usage(now: datetime) -> None:
    """Who was active is needed until the month is counted; the hours are kept for more than a year."""
    ActiveUser.objects.filter(month__lt=(now - timedelta(days=62)).date().replace(day=1)).delete()
    Usage.objects.filter(hour__lt=now - _KEPT).delete()


# Reading


@dataclass(frozen=True, slots=True)
class MonthOfUsage:
    """From the month's first second (UTC) until it was last counted, minutes ago."""

    messages: int
    active_users: int
    peak_connections: int
    stored_bytes: int


def usage_of_month(tenant_id: int, now: datetime) -> MonthOfUsage:
    """Two statements."""
    rows = Usage.objects.filter(tenant_id=tenant_id, hour__gte=month_of(now), hour__lte=now)
    sums = rows.aggregate(messages=Sum("messages"), peak=Max("peak_connections"), active=Max("active_users"))
    stored = Usage.objects.filter(tenant_id=tenant_id).order_by("-hour").values_list("stored_bytes", flat=True).first()
    return MonthOfUsage(sums["messages"] or 0, sums["active"] or 0, sums["peak"] or 0, stored or 0)


@dataclass(frozen=True, slots=True)
class Meter:
    """Something used against what the tenant's row allows; None, and it is not limited."""

    name: str
    used: int
    limit: int | None

    @property
    def percent(self) -> int | None:
        return None if self.limit is None else used_percent(self.used, self.limit)


def used_percent(used: int, limit: int) -> int:
    return 100 if limit <= 0 else min(100, used * 100 // limit)


def against_plan(tenant: Tenant, used: MonthOfUsage, rooms: int | None = None) -> list[Meter]:
    """What plans count, ``rooms`` if the caller has counted them."""
    return [
        Meter("active_users", used.active_users, tenant.monthly_active_users),
        Meter("messages", used.messages, tenant.monthly_messages),
        Meter("peak_connections", used.peak_connections, tenant.peak_connections),
        Meter("stored_bytes", used.stored_bytes, tenant.storage_bytes),
        *([Meter("rooms", rooms, tenant.rooms)] if rooms is not None else []),
        Meter("seats", tenant.memberships.count(), tenant.seats),
    ]


def active_today(tenant_id: int, now: datetime) -> int:
    """How many wrote since midnight (UTC)."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    this_month = ActiveUser.objects.filter(tenant_id=tenant_id, month=month_of(now).date())
    return this_month.filter(latest_hour__gte=midnight).count()


def peak_today(tenant_id: int, now: datetime) -> int:
    """The most connections in one minute since midnight (UTC)."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Figure.objects.filter(tenant_id=tenant_id, span=Figure.Span.MINUTE, at__gte=midnight)
    return rows.aggregate(peak=Max("connections"))["peak"] or 0


def month_of(now: datetime) -> datetime:
    """Its first moment (UTC)."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
