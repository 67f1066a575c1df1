"""Whose word about clients is taken."""

from ipaddress import ip_network

import pytest

from servers.proxy import behind_proxy

TRUSTED = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


async def seen(peer, *headers, kind="http"):
    scopes = []

    async def application(scope, receive, send):
        scopes.append(scope)

    pairs = [tuple(part.strip().encode() for part in header.split(":", 1)) for header in headers]
    scope = {"type": kind, "client": peer and [peer, 4000], "scheme": "http", "headers": pairs}
    await behind_proxy(application, TRUSTED)(scope, None, None)
    return scopes[0]["client"] and scopes[0]["client"][0], scopes[0]["scheme"]


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        ("127.0.0.1", ["x-forwarded-for: 6.6.6.6, 8.8.8.8"], "8.8.8.8"),
        ("127.0.0.1", ["x-forwarded-for: 6.6.6.6, 8.8.8.8, 10.1.2.3"], "8.8.8.8"),
        ("127.0.0.1", ["x-forwarded-for: 6.6.6.6", "x-forwarded-for: 8.8.8.8"], "8.8.8.8"),
        ("127.0.0.1", ["x-forwarded-for: 2001:db8::1, fd00::2"], "2001:db8::1"),
        ("::ffff:127.0.0.1", ["x-forwarded-for: ::ffff:8.8.8.8"], "8.8.8.8"),
        ("127.0.0.1", ["x-forwarded-for: 10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ("127.0.0.1", ["x-forwarded-for: 8.8.8.8, unknown, 10.2.2.2"], "10.2.2.2"),
        ("127.0.0.1", ["x-forwarded-for: nonsense"], "127.0.0.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("9.9.9.9", ["x-forwarded-for: 8.8.8.8"], "9.9.9.9"),
        (None, ["x-forwarded-for: 8.8.8.8"], None),
    ],
)
async def test_the_last_address_that_is_no_trusted_proxys_is_the_client(peer, headers, client):
    assert (await seen(peer, *headers))[0] == client


async def test_the_scheme_is_the_nearest_proxys_word():
    assert await seen("127.0.0.1", "x-forwarded-proto: http, https") == ("127.0.0.1", "https")
    assert await seen("127.0.0.1", "x-forwarded-proto: https", kind="websocket") == ("127.0.0.1", "wss")
    assert await seen("127.0.0.1", "x-forwarded-proto: gopher") == ("127.0.0.1", "http")
    assert await seen("9.9.9.9", "x-forwarded-proto: https") == ("9.9.9.9", "http")
