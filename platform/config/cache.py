"""The cache: Redis, and this process's own memory while Redis is away. What is counted there, such as attempts to sign
in, goes on being counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
_ALONE_SECONDS = 5.0


def _or_alone(name: str) -> Callable[..., Any]:
    """The method of Redis's cache or, for a while after that failed, of the memory's."""
    asked = getattr(RedisCache, name)

    @wraps(asked)
    def answer(self: SturdyCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self.alone_until:
            try:
                return asked(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                self.alone_until = time.monotonic() + _ALONE_SECONDS
                log.warning("cache.alone", error=type(error).__name__)
        return getattr(self.memory, name)(*args, **kwargs)

    return answer


class SturdyCache(RedisCache):
    """Django's Redis cache, without the errors of a Redis that cannot be reached."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.memory = LocMemCache("alone", {})
        self.alone_until = 0.0

    add = _or_alone("add")
    get = _or_alone("get")
    set = _or_alone("set")
    touch = _or_alone("touch")
    delete = _or_alone("delete")
    get_many = _or_alone("get_many")
    set_many = _or_alone("set_many")
    delete_many = _or_alone("delete_many")
    has_key = _or_alone("has_key")
    incr = _or_alone("incr")
    clear = _or_alone("clear")
