"""SIGTERM and SIGINT: nobody is cut off in the middle."""

import asyncio
import signal

import pytest
import websockets
from websockets.exceptions import ConnectionClosed

from tests.platform.servers.wire import HANDSHAKE, Wire

GET = "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_sockets_are_closed_with_1012_and_their_applications_clean_up(both, number):
    sockets = [await websockets.connect(both.url("/clean-up")) for _ in range(5)]
    for socket in sockets:
        assert await socket.recv() == "open"
    assert await both.end(number) == 0
    for socket in sockets:
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
        assert caught.value.rcvd.code == 1012
    cleaned = {"disconnect": 1012, "cleaned_up": True}
    assert both.notes == [{"lifespan": "startup"}, *[cleaned] * 5, {"lifespan": "shutdown"}]
    assert "Traceback" not in both.errors


async def test_the_close_says_why(daphne):
    """uvicorn gives no reason."""
    async with websockets.connect(daphne.url("/echo")) as socket:
        assert await daphne.end() == 0
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
        assert caught.value.rcvd.reason == "server restarting"


async def test_a_response_under_way_arrives_whole(both):
    wire = await Wire.open(both)
    wire.write(GET.format(path="/slow").encode())
    await both.note("http", "began")
    both.send()
    response = await wire.rest()
    assert response.startswith(b"HTTP/1.1 200")
    assert response.count(b"x" * 1000) == 300
    assert b" last" in response
    assert await both.end(None) == 0


async def test_a_response_that_its_reader_takes_late_arrives_whole(start):
    server = await start("daphne", grace=20)
    wire = await Wire.open(server)
    wire.write(GET.format(path="/large").encode())
    await server.note("http", "ended")
    server.send()
    await refused(server.port)
    await asyncio.sleep(1)
    response = await wire.rest()
    assert response.count(b"x") >= 32_000_000
    assert await server.end(None) == 0


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
async def test_nobody_new_is_let_in_while_draining(start, kind):
    server = await start(kind, grace=30)
    idle, busy = await Wire.open(server), await Wire.open(server)
    idle.write(GET.format(path="/scope").encode())
    await idle.until(b"}")
    busy.write(GET.format(path="/stubborn").encode())
    await server.note("http", "began")
    server.send()
    await refused(server.port)
    if kind == "daphne":  # uvicorn closes connections that are idle
        idle.write(HANDSHAKE.format(path="/echo", more="").encode())
        assert (await idle.rest()).startswith(b"HTTP/1.1 503")
    busy.close()
    assert await server.end() == 0  # the second signal hurries


async def test_a_handshake_that_nobody_answered_yet_is_refused(daphne):
    wire = await Wire.open(daphne)
    wire.write(HANDSHAKE.format(path="/never-answer", more="").encode())
    await daphne.note("connecting")
    daphne.send()
    assert (await wire.rest()).startswith(b"HTTP/1.1 503")
    assert await daphne.end(None) == 0
    assert {"disconnect": 1006} in daphne.notes


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
async def test_an_application_that_does_not_end_is_cancelled_after_the_grace(start, kind):
    server = await start(kind, grace=1)
    wire = await Wire.open(server)
    wire.write(GET.format(path="/stubborn").encode())
    await server.note("http", "began")
    assert await server.end() == 0
    assert {"http": "cancelled"} in server.notes
    assert server.notes.count({"lifespan": "shutdown"}) == 1
    wire.close()


async def test_a_second_signal_hurries(start):
    """uvicorn then skips the shutdown of the lifespan."""
    server = await start("daphne", grace=60)
    wire = await Wire.open(server)
    wire.write(GET.format(path="/stubborn").encode())
    await server.note("http", "began")
    server.send()
    await refused(server.port)
    assert await server.end(seconds=20) == 0
    assert {"http": "cancelled"} in server.notes
    wire.close()


async def test_a_client_that_does_not_answer_the_close_is_dropped_within_the_grace(start):
    server = await start("daphne", close_seconds=1, grace=15)
    wire = await Wire.connect(server, "/echo")
    server.send()
    assert await wire.close_code() == 1012
    assert await server.end(None, seconds=12) == 0


async def refused(port):
    """Wait until the server listens no more."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.05)
