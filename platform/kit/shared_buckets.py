"""Token buckets that all processes share: a local one decides first, then a count in Redis, where there is one.

The count is a GCRA, a token bucket of one number: the moment at which the bucket will be full again. Without Redis the
local buckets alone decide, so that with several processes a caller's pace is at most that many times the limit.
"""

from __future__ import annotations

import asyncio
import time
from weakref import WeakKeyDictionary

import structlog
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from kit.buckets import Buckets, Standing

log = structlog.get_logger(__name__)

_PATIENCE = 0.25  # seconds that Redis may take to answer
_PAUSE = 2.0  # seconds in which Redis is not asked again after it failed

_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local interval, burst = 1 / tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = full_at + interval - now - burst * interval
if wait <= 0.000001 then
    wait = 0
    full_at = full_at + interval
    redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', math.ceil((full_at - now) * 1000) + 1)
end
return {string.format('%.6f', wait), string.format('%.6f', full_at - now)}
"""


class SharedBuckets:
    """A bucket for each key, shared through the Redis at ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = Buckets()
        self._scripts: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncScript] = WeakKeyDictionary()
        self._away_until = 0.0

    def take_here(self, key: str, rate: float, burst: int) -> Standing:
        """Ask this process's bucket alone."""
        return self._local.stand(key, rate, burst)

    async def take(self, key: str, rate: float, burst: int) -> Standing:
        """Ask this process's bucket and, if it has a token, everybody's."""
        standing = self._local.stand(key, rate, burst)
        if standing.wait or time.monotonic() < self._away_until:
            return standing
        try:
            async with asyncio.timeout(_PATIENCE):
                wait, reset = await self._script()(keys=[key], args=[rate, burst])
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("limits.redis_away", error=type(error).__name__)
            self._away_until = time.monotonic() + _PAUSE
            return standing
        return Standing(float(wait), max(0, int(burst - float(reset) * rate + 1e-3)), float(reset))

    def forget(self, prefix: str) -> None:
        """Remove the shared counts of all keys that begin so. Those of a Redis that is away end by themselves."""
        try:
            with SyncRedis.from_url(self._url, socket_connect_timeout=_PATIENCE) as redis:
                for key in redis.scan_iter(f"{prefix}*", count=1_000):
                    redis.delete(key)
        except RedisError as error:
            log.warning("limits.redis_away", error=type(error).__name__)

    async def close(self) -> None:
        """Close this event loop's connections."""
        script = self._scripts.pop(asyncio.get_running_loop(), None)
        if script is not None:
            await script.registered_client.aclose()

    def _script(self) -> AsyncScript:
        loop = asyncio.get_running_loop()
        script = self._scripts.get(loop)
        if script is None:
            client = Redis.from_url(self._url, socket_connect_timeout=_PATIENCE, max_connections=1_000)
            script = self._scripts[loop] = client.register_script(_TAKE)
        return script
