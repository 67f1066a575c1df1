"""The short way to a socket puts the right bytes on the wire."""

import asyncio

import pytest
import websockets

from servers.frames import TEXT, frame_header, text_frame
from tests.platform.servers.wire import Wire, masked


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65535, b"\x81\x7e\xff\xff"),
        (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_text_frame_is_that_of_rfc_6455(length, header):
    assert frame_header(TEXT, length) == header
    assert text_frame(b"x" * length) == header + b"x" * length


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65535, 65536, 500_000])
async def test_a_payload_of_any_size_arrives(both, length):
    async with websockets.connect(both.url("/outlet"), max_size=None) as socket:
        await socket.recv()
        await socket.send(f"size {length}")
        assert await socket.recv() == "x" * length


async def test_payloads_written_together_are_messages_of_their_own(both):
    async with websockets.connect(both.url("/outlet")) as socket:
        await socket.recv()
        await socket.send("three")
        await socket.send("frames")
        assert [await socket.recv() for _ in range(5)] == ["one", "two", "three", "four", "five"]


async def test_writing_before_the_accept_is_an_error(both):
    async with websockets.connect(both.url("/outlet")) as socket:
        assert await socket.recv() == "The WebSocket is not accepted yet"


async def test_after_the_close_writes_are_ignored(both):
    wire = await Wire.connect(both, "/outlet")
    await wire.frame()
    wire.write(masked(b"close"))
    assert await wire.frame() == (0x88, b"\x11\x31token expired")
    wire.write(masked(b"\x11\x31", first=0x88))
    assert await wire.rest() == b""
    assert (await both.note("disconnect"))["disconnect"] == 4401


async def test_after_the_clients_close_writes_are_ignored(both):
    wire = await Wire.connect(both, "/outlet")
    await wire.frame()
    wire.write(masked(b"\x03\xe8", first=0x88))
    assert await wire.rest() == b"\x88\x02\x03\xe8"
    assert (await both.note("disconnect"))["disconnect"] == 1000


async def test_a_long_replay_at_the_readers_pace_is_not_cut(both):
    async with websockets.connect(both.url("/outlet-replay")) as socket:
        for number in range(240):
            for _ in range(10):
                assert (await socket.recv()).startswith(f"{number:08}")
            if number % 24 == 0:
                await asyncio.sleep(0.05)
        assert await socket.recv() == "end"


async def test_a_burst_that_the_kernel_can_take_is_not_cut(both):
    """Twisted itself would write none of it before the burst is over."""
    async with websockets.connect(both.url("/outlet-burst")) as socket:
        for _ in range(150):
            assert await socket.recv() == "x" * 10_000
        assert await socket.recv() == "end"
