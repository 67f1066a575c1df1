"""HTTP requests: what reaches the application, and how large or slow they may be."""

import asyncio
import json

import pytest

from tests.platform.servers.wire import Wire


def get(path, *headers):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def post(path, body, *headers):
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def answer(wire):
    """Status and JSON body of the next response."""
    head = await wire.until(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    body = await wire._reader.readexactly(int(length.split(b":")[1]))
    return int(head.split()[1]), json.loads(body) if body[:1] in b"{0123456789" and body else body


async def test_a_client_cannot_set_root_path_nor_pass_headers_with_underscores(daphne):
    wire = await Wire.open(daphne)
    wire.write(get("/scope", "Daphne-Root-Path: /evil", "X_Forwarded_For: 1.2.3.4", "X-Other: 1"))
    _, scope = await answer(wire)
    assert scope["root_path"] == ""
    assert scope["headers"] == ["host", "x-other"]


FORWARDED = ("X-Forwarded-For: 6.6.6.6, 10.0.0.9", "X-Forwarded-Proto: https")


async def test_proxy_headers_are_not_believed(both):
    wire = await Wire.open(both)
    wire.write(get("/scope", *FORWARDED))
    _, scope = await answer(wire)
    assert (scope["client"], scope["scheme"]) == ("127.0.0.1", "http")


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
async def test_a_trusted_proxys_last_address_is_the_client(start, kind):
    server = await start(kind, environment={"PROXIES": "127.0.0.1/32"})
    wire = await Wire.open(server)
    wire.write(get("/scope", *FORWARDED))
    _, scope = await answer(wire)
    assert (scope["client"], scope["scheme"]) == ("10.0.0.9", "https")


async def test_no_request_sees_the_context_variables_of_the_one_before_on_its_connection(both):
    """Twisted and asyncio run a connection's callbacks in the context of whoever last resumed it."""
    wire = await Wire.open(both)
    wire.write(get("/scope?acme"))
    assert (await answer(wire))[1]["seen_before"] == "nothing"
    wire.write(get("/scope?globex") + get("/scope?initech"))
    assert (await answer(wire))[1]["seen_before"] == "nothing"
    assert (await answer(wire))[1]["seen_before"] == "nothing"


async def test_a_body_up_to_the_limit_arrives_whole(both):
    wire = await Wire.open(both)
    wire.write(post("/count", b"x" * 3_000_000))
    assert await answer(wire) == (200, 3_000_000)


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
async def test_a_larger_body_is_413(start, kind):
    server = await start(kind, request_body=100_000)
    wire = await Wire.open(server)
    wire.write(post("/count", b"x" * 100_001))
    assert (await wire.until(b"\r\n")).startswith(b"HTTP/1.1 413")


async def test_a_larger_body_is_413_before_it_is_sent(start):
    server = await start("daphne", request_body=100_000)
    wire = await Wire.open(server)
    wire.write(b"POST /count HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999999\r\n\r\n")
    assert (await wire.until(b"\r\n")).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
async def test_a_larger_body_in_chunks_never_reaches_the_application_whole(start, kind):
    server = await start(kind, request_body=100_000)
    wire = await Wire.open(server)
    wire.write(b"POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(3):
        wire.write(b"c350\r\n" + b"x" * 50_000 + b"\r\n")
    wire.write(b"0\r\n\r\n")
    response = await wire.until(b"\r\n")
    assert response.split()[1] == (b"413" if kind == "daphne" else b"500")  # uvicorn's: "the client left"


async def test_an_application_that_fails_is_500_at_once(both):
    wire = await Wire.open(both)
    wire.write(get("/error?token=sesame"))
    assert (await wire.until(b"\r\n")).startswith(b"HTTP/1.1 500")
    await both.end()
    assert "LookupError: no such thing" in both.errors
    assert "sesame" not in both.errors


async def test_a_response_that_breaks_off_is_cut_off(both):
    wire = await Wire.open(both)
    wire.write(get("/half"))
    response = await wire.rest()
    assert response.count(b"HTTP/1.1") in {0, 1}
    assert b"500" not in response


async def test_slow_headers_end_the_connection(start):
    server = await start("daphne", header_seconds=0.5, ping_interval=1)
    wire = await Wire.open(server)
    wire.write(b"GET /scope HTTP/1.1\r\n")
    for _ in range(4):
        await asyncio.sleep(0.1)
        wire.write(b"X-More: 1\r\n")
    assert await wire.rest() == b""


async def test_a_long_running_response_is_not_taken_for_slow_headers(start):
    server = await start("daphne", header_seconds=0.2, ping_interval=0.4)
    wire = await Wire.open(server)
    wire.write(get("/slow", "Connection: close"))
    assert b" last" in await wire.rest()


async def test_a_response_waits_for_its_reader(both):
    wire = await Wire.open(both, receive_buffer=4096)
    before = both.memory
    wire.write(get("/endless"))
    await both.note("sent")
    await asyncio.sleep(2)
    assert both.memory - before < 8 << 20
    assert max(each["sent"] for each in both.notes if "sent" in each) < 100 << 20
    wire.close()


async def test_a_reader_that_never_takes_the_rest_is_dropped(start):
    server = await start("daphne", response_seconds=0.5, ping_interval=1)
    wire = await Wire.open(server, receive_buffer=4096)
    wire.write(get("/endless"))
    await server.note("sent")
    await asyncio.sleep(3)
    data = await wire.rest()
    assert 0 < len(data) < 100 << 20
    assert await server.end(seconds=4) == 0


AMBIGUOUS = {
    "a length and chunks": ("Content-Length: 38", "Transfer-Encoding: chunked"),
    "two lengths": ("Content-Length: 5", "Content-Length: 38"),
    "a list of lengths": ("Content-Length: 5, 38",),
    "a signed length": ("Content-Length: +5",),
    "an unknown coding": ("Transfer-Encoding: xchunked", "Content-Length: 5"),
    "two codings": ("Transfer-Encoding: identity, chunked", "Content-Length: 38"),
    "a space before the colon": ("Content-Length : 38",),
    "a folded coding": ("Transfer-Encoding:\r\n chunked", "Content-Length: 38"),
}


@pytest.mark.parametrize("headers", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_a_body_whose_end_can_be_read_in_two_ways_is_refused_or_ends_by_its_chunks(both, headers):
    """What one server takes for a body and another for the next request is smuggled past the first (RFC 9112
    section 11.2)."""
    wire = await Wire.open(both)
    head = "\r\n".join(["POST /count HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""])
    wire.write(head.encode() + b"0\r\n\r\nGET /scope?smuggled HTTP/1.1\r\n\r\n")
    response = await wire.rest()
    assert response.count(b"HTTP/1.1 ") <= 1
    assert response.split(b" ")[1:2] in ([b"400"], [b"501"], []) or response.endswith(b"\r\n\r\n0")
    assert b"smuggled" not in response
