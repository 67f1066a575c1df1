import socket

import pytest

from embedded.errors import CannotRun
from embedded.port import answers_ready, free_port
from tests.platform.embedded import checkout


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "http", "80 00", "８０００", "1e4"])
def test_what_is_no_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(CannotRun, match="PORT must be a number from 1 to 65535"):
        free_port(text)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_port_somebody_listens_on_is_refused_with_another_to_choose(address: str) -> None:
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CannotRun, match=f"port {port} is in use.*make run PORT="):
            free_port(str(port))


def test_a_port_taken_on_ipv6_alone_is_refused() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        with pytest.raises(CannotRun, match="is in use"):
            free_port(str(port))


def test_a_port_bound_without_listening_is_refused() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(CannotRun, match="is in use"):
            free_port(str(bound.getsockname()[1]))


def test_a_free_port_stays_free() -> None:
    port = checkout.free_port()
    assert free_port(str(port)) == free_port(str(port)) == port


def test_silence_is_not_readiness() -> None:
    assert not answers_ready(checkout.free_port())
