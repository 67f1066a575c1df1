"""How fast a tenant's callers may go: each pace has a name, which answers carry, and a bucket for each caller.

The numbers are the tenant's row's. What is asked for in a burst of messages stays in this process; everything else is
counted in Redis too, so that all processes are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.conf import settings

from kit.buckets import Standing
from kit.errors import RATE_LIMITED, ParleyError
from kit.shared_buckets import SharedBuckets
from tenants.records import Limits, TenantRecord


@dataclass(frozen=True, slots=True)
class Pace:
    """``rate`` a second, ``burst`` at once. ``name`` says what is counted, and for whom."""

    name: str
    rate: float
    burst: int


def calls_per_user(limits: Limits) -> Pace:
    return Pace("calls-per-user", limits.calls_per_second, limits.call_burst)


def calls_per_key(limits: Limits) -> Pace:
    return Pace("calls-per-key", limits.key_calls_per_second, limits.key_call_burst)


def calls_per_address(limits: Limits) -> Pace:
    """For those who show no credential that is valid."""
    return Pace("calls-per-address", limits.calls_per_second, limits.call_burst)


def sends_per_user(limits: Limits) -> Pace:
    return Pace("sends-per-user", limits.sends_per_second, limits.send_burst)


def searches_per_user(limits: Limits) -> Pace:
    return Pace("searches-per-user", limits.searches_per_second, limits.search_burst)


def uploads_per_user(limits: Limits) -> Pace:
    return Pace("uploads-per-user", limits.uploads_per_minute / 60, limits.uploads_per_minute)


def connects_per_user(limits: Limits) -> Pace:
    return Pace("connects-per-user", limits.connects_per_minute / 60, limits.connects_per_minute)


def connects_per_address(limits: Limits) -> Pace:
    return Pace("connects-per-address", limits.address_connects_per_minute / 60, limits.address_connects_per_minute)


class RateLimited(ParleyError):
    """``rate_limited``, with the pace that was exceeded and how its bucket stands: the next one may come in ``wait``
    seconds."""

    def __init__(self, pace: Pace, wait: float) -> None:
        super().__init__(RATE_LIMITED, f"Too many {pace.name.replace('-', ' ')}.", retry_after=round(wait, 3))
        self.pace = pace
        self.standing = Standing(wait, 0, wait + (pace.burst - 1) / pace.rate)


async def take(tenant: TenantRecord, pace: Pace, caller: str) -> Standing:
    """One more by ``caller``. Raises RateLimited."""
    return _judged(pace, await _buckets().take(_key(tenant, pace, caller), pace.rate, pace.burst))


def take_here(tenant: TenantRecord, pace: Pace, caller: str) -> Standing:
    """The same, counted by this process alone, without waiting. Raises RateLimited."""
    return _judged(pace, _buckets().take_here(_key(tenant, pace, caller), pace.rate, pace.burst))


def forget_tenant(schema_name: str) -> None:
    """Remove what is counted of a tenant that goes."""
    _buckets().forget(f"{_prefix(schema_name)}:")


async def close_limits() -> None:
    """Close what this event loop holds open to Redis."""
    await _buckets().close()


def _judged(pace: Pace, standing: Standing) -> Standing:
    if standing.wait:
        raise RateLimited(pace, standing.wait)
    return standing


def _key(tenant: TenantRecord, pace: Pace, caller: str) -> str:
    return f"{_prefix(tenant.schema_name)}:{pace.name}:{caller}"


def _prefix(schema_name: str) -> str:
    return f"parley:{schema_name}"


@cache
def _buckets() -> SharedBuckets:
    return SharedBuckets(settings.REDIS_URL)
