"""Redis or Valkey: whether it answers, and what time it has."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from console.doctor.finding import Finding, fail, ok
from console.doctor.postgres import clock

_PATIENCE = 2.0  # seconds
_OLDEST = 6


def check() -> Iterator[Finding]:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE) as redis:
            told = redis.info("server")
            seconds, microseconds = redis.time()
    except RedisError as error:
        yield fail(f"It does not answer: {type(error).__name__}", "Start it, or see REDIS_URL.")
        return
    version = str(told["redis_version"])  # Valkey says here which Redis it stands in for
    if int(version.partition(".")[0]) < _OLDEST:
        yield fail(f"Version {version} is too old", "Upgrade to Redis 6 or Valkey 7 or later.")
    else:
        yield ok(f"It answers, as version {version}")
    yield from clock(seconds + microseconds / 1e6, time.time())
