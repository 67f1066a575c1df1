"""An address that cannot be used is said in one line."""

import socket

import pytest

from servers import listening


def test_a_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(listening.CannotListen, match=f"^port {port} on 127.0.0.1 is in use"):
            listening.bind(["127.0.0.1"], port)


def test_a_port_that_is_taken_between_bind_and_start_is_named():
    (first,) = listening.bind(["127.0.0.1"], 0)
    (second,) = listening.bind(["127.0.0.1"], first.getsockname()[1])
    with first, second:
        listening.start([first])
        with pytest.raises(listening.CannotListen, match="is in use"):
            listening.start([second])


def test_when_one_host_fails_the_others_are_given_back():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(listening.CannotListen):
            listening.bind(["127.0.0.2", "127.0.0.1"], port)
        listening.close(listening.bind(["127.0.0.2"], port))


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("127.0.0.1", 70_000, "port 70000 is not between 0 and 65535"),
        ("192.0.2.1", 8000, "192.0.2.1 is not an address of this machine"),
        ("nowhere.invalid", 8000, "cannot listen on nowhere.invalid, port 8000"),
    ],
)
def test_other_bad_addresses_are_named(host, port, words):
    with pytest.raises(listening.CannotListen, match=words):
        listening.bind([host], port)


def test_all_hosts_share_the_free_port_that_was_taken():
    sockets = listening.bind(listening.loopback_hosts(), 0)
    assert len({each.getsockname()[1] for each in sockets}) == 1
    assert listening.url(sockets[0]) == f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    listening.close(sockets)
