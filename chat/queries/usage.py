"""What the tenant in scope used, counted from the messages themselves.

A message counts in the hour of its ``created_at``, whether or not it was deleted since. What was brought in from
elsewhere under times of its own does not count: its id was made long after (``chat.commands.importing``). Neither does
what nobody but its author is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from chat.models import Room
from kit.ids import first_uuid7
from tenants.connections import fetch_all
from tenants.models import Tenant

SETTLED_AFTER = timedelta(minutes=15)
"""So long after its end nothing can come to an hour any more: ids are made seconds before the message is stored, by
clocks that are not minutes apart."""
_APART = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class HourOfMessages:
    hour: datetime
    messages: int


@dataclass(frozen=True, slots=True)
class Writer:
    """A person who wrote in the month, bots aside. ``person`` is a digest."""

    person: UUID
    month: date
    first_hour: datetime
    latest_hour: datetime


@dataclass(frozen=True, slots=True)
class Recount:
    messages: int
    active_users: int


@dataclass(frozen=True, slots=True)
class _Stored:
    used_bytes: int


async def messages_by_hour(start: datetime, end: datetime) -> Sequence[HourOfMessages]:
    """Of the hours from ``start`` to before ``end`` those that have any. Found by their ids."""
    return await fetch_all(HourOfMessages, _MESSAGES, _between(start, end))


async def writers(start: datetime, end: datetime) -> Sequence[Writer]:
    return await fetch_all(Writer, _WRITERS, _between(start, end))


async def stored_bytes() -> int:
    found = await fetch_all(_Stored, "SELECT used_bytes FROM chat_storageuse")
    return found[0].used_bytes if found else 0


def rooms_in_use(tenant: Tenant) -> int | None:
    """How many are not archived; None, uncounted, where they are not limited."""
    return Room.objects.filter(archived_at__isnull=True).count() if tenant.rooms is not None else None


async def recount(start: datetime, end: datetime) -> Recount:
    """From every message that there is, by nothing but their times: what ``messages_by_hour`` and ``writers`` must add
    up to. Slow."""
    [found] = await fetch_all(Recount, _RECOUNT, _between(start, end))
    return found


def _between(start: datetime, end: datetime) -> dict[str, object]:
    low, high = first_uuid7(start - _APART), first_uuid7(end + _APART)
    return {"start": start, "end": end, "low": low, "high": high, "apart": _APART}


_ID_MADE_AT = """
    to_timestamp(('x' || left(replace(message.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
"""
_COUNTS = f"""
    message.kind IN ('message', 'system') AND message.created_at >= %(start)s AND message.created_at < %(end)s
    AND {_ID_MADE_AT} BETWEEN message.created_at - %(apart)s AND message.created_at + %(apart)s
"""
_COUNTS_BY_ID = f"message.id >= %(low)s AND message.id < %(high)s AND {_COUNTS}"
_HOUR = "date_trunc('hour', message.created_at, 'UTC')"

_MESSAGES = f"""
    SELECT {_HOUR} AS hour, count(*) AS messages FROM chat_message message WHERE {_COUNTS_BY_ID} GROUP BY 1
"""  # noqa: S608 - constants
_WRITERS = f"""
    SELECT md5(current_schema || ':' || person.id)::uuid AS person,
        date_trunc('month', message.created_at AT TIME ZONE 'UTC')::date AS month,
        min({_HOUR}) AS first_hour, max({_HOUR}) AS latest_hour
    FROM chat_message message JOIN chat_user person ON person.id = message.user_id
    WHERE {_COUNTS_BY_ID} AND NOT person.is_bot GROUP BY person.id, 2
"""  # noqa: S608 - constants
_RECOUNT = f"""
    SELECT count(*) AS messages,
        count(DISTINCT message.user_id) FILTER (WHERE NOT person.is_bot) AS active_users
    FROM chat_message message LEFT JOIN chat_user person ON person.id = message.user_id WHERE {_COUNTS}
"""  # noqa: S608 - constants
