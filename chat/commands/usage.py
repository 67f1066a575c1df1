"""Counting what tenants use, hour by hour, from their messages. To count again changes nothing that is final."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from chat.queries.usage import SETTLED_AFTER, messages_by_hour, stored_bytes, writers
from tenants.models import Tenant
from tenants.usage import CountedHour, active_users_at, counted_until, note_usage, note_writers, peaks_by_hour

_HOUR = timedelta(hours=1)
_LATEST = timedelta(minutes=5)
_MOST = timedelta(days=62)
"""As far back as is counted for the first time."""


async def count_usage(tenant: Tenant, now: datetime) -> None:
    """Bring the usage of the tenant in scope up to ``now``: every hour since the last final one, in order, so that what
    a worker left undone is made good. The hour that runs is counted as it stands."""
    earliest = max(_hour_of(tenant.created_at), _hour_of(now) - _MOST)
    start = await counted_until(tenant) or earliest
    end = _hour_of(now) + _HOUR
    if start >= end:  # a worker whose clock is ahead has been here
        return
    messages = {each.hour: each.messages for each in await messages_by_hour(start, end)}
    peaks, stored = await peaks_by_hour(tenant, start, end), await stored_bytes()
    await note_writers(tenant, await writers(start, end))
    active = await active_users_at(tenant, list(_hours(start, end)))
    await note_usage(
        tenant,
        [
            CountedHour(
                hour=hour,
                messages=messages.get(hour, 0),
                active_users=active[hour],
                peak_connections=peaks.get(hour, 0),
                stored_bytes=stored,
                final=hour + _HOUR + SETTLED_AFTER <= now,
            )
            for hour in _hours(start, end)
        ],
    )


async def note_latest_writers(tenant: Tenant, now: datetime) -> None:
    """Who wrote in the last minutes in the tenant in scope, without waiting for their hour to be counted."""
    await note_writers(tenant, await writers(now - _LATEST, now + _HOUR))


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hours(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += _HOUR
