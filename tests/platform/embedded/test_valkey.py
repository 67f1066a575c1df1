import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.throwaway import Throwaway


def client(servers: Throwaway) -> redis.Redis:
    return redis.Redis.from_url(servers.env["REDIS_URL"], retry=Retry(NoBackoff(), 0))


def test_it_is_valkey_9_on_a_unix_socket_alone(servers: Throwaway) -> None:
    with client(servers) as valkey:
        assert valkey.info("server")["valkey_version"].startswith("9.")
        assert valkey.config_get("port") == {"port": "0"}
    path = servers.folder / "s" / "valkey.sock"
    assert path.is_socket()
    assert path.stat().st_mode & 0o777 == 0o700


def test_nobody_comes_in_without_the_password(servers: Throwaway) -> None:
    with (
        redis.Redis(unix_socket_path=str(servers.valkey.socket), retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_it_keeps_nothing_on_disk(servers: Throwaway) -> None:
    with client(servers) as valkey:
        valkey.set("key", "value")
    servers.valkey.stop()
    servers.valkey.start()
    with client(servers) as valkey:
        assert valkey.get("key") is None
    assert list(servers.valkey.folder.iterdir()) == []


def test_after_kill_9_it_starts_over_its_stale_socket(servers: Throwaway) -> None:
    servers.valkey.kill()
    assert servers.valkey.socket.is_socket()
    with pytest.raises(redis.ConnectionError), client(servers) as valkey:
        valkey.ping()
    servers.valkey.start()
    with client(servers) as valkey:
        assert valkey.ping()
