"""The cache without Redis: no error, and what is counted goes on being counted."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from config.cache import SturdyCache
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Client
from tests.support.server import LiveServer

NOWHERE = "redis://127.0.0.1:1/0"


def test_with_redis_it_is_redis() -> None:
    one, other = (SturdyCache(settings.REDIS_URL, {"KEY_PREFIX": "test"}) for _ in range(2))
    one.set("here", [1])
    assert other.get("here") == [1]
    assert not other.add("here", 2)
    other.delete("here")
    assert one.get("here", "gone") == "gone"


def test_without_redis_it_remembers_alone() -> None:
    cache = SturdyCache(NOWHERE, {})
    assert cache.add("key", 1)
    assert not cache.add("key", 2)
    assert cache.get("key") == 1
    assert cache.incr("key") == 2
    cache.set_many({"other": 3})
    assert cache.get_many(["key", "other"]) == {"key": 2, "other": 3}
    cache.delete("key")
    assert not cache.has_key("key")
    cache.clear()
    assert cache.get("other") is None


class LonelyServer(LiveServer):
    """Without Redis a server serves, and says that it is not ready."""

    def _is_healthy(self) -> bool:
        return True


def test_signing_in_goes_on_without_redis_and_guessing_is_stopped_there_too(tmp_path: Path, acme: Tenancy) -> None:
    server, account = LonelyServer(tmp_path / "serve.log", REDIS_URL=NOWHERE).start(), acme.account("ann")
    try:
        signed = Client(server, acme.host).submit("/sign-in", email=account.email, password=PASSWORD)
        attempts = [Client(server, acme.host).submit("/sign-in", email=account.email, password="x") for _ in range(6)]
    finally:
        server.kill()
    assert signed.status == 302
    assert [answer.status for answer in attempts] == [401] * 5 + [429]
