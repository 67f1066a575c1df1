"""Key sets (RFC 7517 section 5) that customers publish at a URL of theirs, as this process last saw them."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache

import structlog
from pydantic_core import from_json

from kit.outbound import OutboundFailed, OutboundRefused, request
from tenants.outbound import outbound_policy
from tenants.public_keys import UnusableKey, from_jwk
from tenants.records import SigningKeyRecord, TenantRecord

log = structlog.get_logger(__name__)

_FRESH_SECONDS = 300.0
_PAUSE_SECONDS = 60.0  # between two looks at the same URL, whatever they brought
_STALE_SECONDS = 3_600.0  # a URL that no longer answers has its last keys believed for so long
_TIMEOUT = 5.0
_MOST_BYTES = 65_536
_MOST_SETS = 5_000
_MOST_KEYS = 32  # of one set


class NoKeySet(Exception):
    """Why there are no keys at the URL."""


Keys = dict[str, str]
"""A set's keys for one algorithm: kid -> PEM."""
Fetch = Callable[[str, str], Awaitable[Keys]]


async def fetch_key_set(url: str, algorithm: str) -> Keys:
    """The keys for ``algorithm`` that are published there now; those of no use are passed over. Raises NoKeySet."""
    try:
        answer = await request(
            "GET",
            url,
            policy=outbound_policy(),
            headers={"accept": "application/jwk-set+json, application/json"},
            timeout=_TIMEOUT,
            most_bytes=_MOST_BYTES,
        )
    except (OutboundRefused, OutboundFailed) as why:
        raise NoKeySet(str(why)) from None
    if answer.status != 200 or answer.cut:
        raise NoKeySet(f"it answers with status {answer.status}" if answer.status != 200 else "its answer is too long")
    return read_key_set(answer.body, algorithm)


def read_key_set(body: bytes, algorithm: str) -> Keys:
    """Raises NoKeySet for what is no key set."""
    try:
        found = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise NoKeySet("it gives no JSON") from None
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise NoKeySet("it gives no key set")
    keys: Keys = {}
    for jwk in listed[:_MOST_KEYS]:
        kid = jwk.get("kid") if isinstance(jwk, dict) else None
        if isinstance(kid, str):
            try:
                keys[kid] = from_jwk(jwk, algorithm)
            except UnusableKey:
                continue
    return keys


@dataclass(slots=True)
class _Seen:
    """``looked_at`` is of the last attempt, ``keys`` and ``found_at`` of the last that succeeded; monotonic times."""

    keys: Keys
    found_at: float
    looked_at: float


class KeySets:
    """Looked at again after five minutes, and for a kid that is not there; never more than once a minute."""

    def __init__(self, fetch: Fetch = fetch_key_set) -> None:
        self._fetch = fetch
        self._seen: OrderedDict[tuple[str, str], _Seen] = OrderedDict()
        self._looking: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def find(self, url: str, algorithm: str, kid: str) -> str | None:
        """The public key (PEM) of that name, None when the set does not have it or cannot be had."""
        seen = self._seen.get((url, algorithm))
        if self._wants_a_look(seen, kid):
            await self._look((url, algorithm))
            seen = self._seen.get((url, algorithm))
        if seen is None or time.monotonic() - seen.found_at > _STALE_SECONDS:
            return None
        return seen.keys.get(kid)

    def _wants_a_look(self, seen: _Seen | None, kid: str) -> bool:
        if seen is None:
            return True
        now = time.monotonic()
        wanting = kid not in seen.keys or now - seen.found_at > _FRESH_SECONDS
        return wanting and now - seen.looked_at > _PAUSE_SECONDS

    async def _look(self, place: tuple[str, str]) -> None:
        """One look for all who wait for it; whoever goes away does not end it."""
        task = self._looking.get(place)
        if task is None:
            task = self._looking[place] = asyncio.create_task(self._look_once(place))
            task.add_done_callback(lambda _: self._looking.pop(place, None))
        await asyncio.shield(task)

    async def _look_once(self, place: tuple[str, str]) -> None:
        before = self._seen.get(place)
        try:
            keys, found_at = await self._fetch(*place), time.monotonic()
        except NoKeySet as why:
            log.warning("key_sets.not_found", url=place[0].partition("?")[0], reason=str(why))
            keys, found_at = (before.keys, before.found_at) if before else ({}, time.monotonic())
        self._seen[place] = _Seen(keys, found_at, time.monotonic())
        self._seen.move_to_end(place)
        if len(self._seen) > _MOST_SETS:
            self._seen.popitem(last=False)


@cache
def _key_sets() -> KeySets:
    return KeySets()


async def published_key(tenant: TenantRecord, kid: str) -> SigningKeyRecord | None:
    """The key of that name in the tenant's key sets, under the row of its set."""
    for row in tenant.signing_keys.values():
        verifier = await _key_sets().find(row.key_set_url, row.algorithm, kid) if row.key_set_url else None
        if verifier:
            return replace(row, verifier=verifier)
    return None
