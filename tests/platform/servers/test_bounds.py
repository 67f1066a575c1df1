"""Neither a client that does not read nor one that floods costs the server more than the bounds allow."""

import asyncio
import json

import pytest
import websockets

from tests.platform.servers.wire import Wire, masked

MIB = 1 << 20


async def echoes(server):
    """Another client is served as ever."""
    async with websockets.connect(server.url("/echo")) as socket:
        await socket.send("hello")
        return await socket.recv() == "hello"


@pytest.mark.parametrize("path", ["/pour", "/outlet-pour"])
async def test_a_reader_that_stops_is_cut_with_4408_and_the_others_are_not(both, path):
    wire = await Wire.connect(both, path, receive_buffer=4096)
    before = both.memory
    assert (await both.note("disconnect"))["disconnect"] == 4408
    assert both.memory - before < 16 * MIB
    assert await echoes(both)
    wire.close()


async def test_what_is_unsent_stays_near_the_bound(both):
    wire = await Wire.connect(both, "/outlet-pour", receive_buffer=4096)
    note = await both.note("disconnect")
    assert note["most"] <= MIB + 4 * 8202
    wire.close()


async def test_a_cut_reader_that_reads_on_finds_the_close_frame(start, kind):
    server = await start(kind, close_seconds=10)
    wire = await Wire.connect(server, "/outlet-pour", receive_buffer=4096)
    assert (await server.note("disconnect"))["disconnect"] == 4408
    while (frame := await wire.frame())[0] == 0x81:
        pass
    assert frame == (0x88, b"\x11\x38reader too slow")


async def test_a_cut_reader_that_never_reads_is_reset_soon(start, kind):
    server = await start(kind, close_seconds=0.5)
    wire = await Wire.connect(server, "/outlet-pour", receive_buffer=4096)
    await server.note("disconnect")
    await asyncio.sleep(2)
    data = await wire.rest()
    assert b"reader too slow" not in data


async def test_pings_of_a_client_that_does_not_read_the_pongs_are_bounded_too(both):
    wire = await Wire.connect(both, "/echo", receive_buffer=4096)
    ping = masked(b"x" * 125, first=0x89) * 500

    async def flood():
        while True:
            wire.write(ping)
            await wire.drain()

    flooding = asyncio.create_task(flood())
    assert (await both.note("disconnect"))["disconnect"] == 4408
    flooding.cancel()


async def test_a_flood_waits_in_the_clients_own_kernel_and_arrives_in_order(both):
    """Of 64 MB the server takes a few while its application sleeps; then all of it comes, each once."""
    async with websockets.connect(both.url("/sleep")) as socket:
        await both.note("asleep")
        before = both.memory
        sent = 0

        async def flood():
            nonlocal sent
            for number in range(2000):
                await socket.send(f"{number:08}" + "x" * 32_000)
                sent += 1
            await socket.send("done")

        flooding = asyncio.create_task(flood())
        await stands_still(lambda: sent)
        assert 16 < sent < 1000
        assert both.memory - before < 16 * MIB
        async with websockets.connect(both.url("/wake")) as other:
            assert await other.recv() == "woken"
        await flooding
        assert json.loads(await socket.recv()) == {"count": 2000, "ordered": True}


async def test_a_flood_of_tiny_frames_is_held_in_the_middle_of_one_read(both):
    """One read of 64 KiB holds thousands of them; each would become an object."""
    wire = await Wire.connect(both, "/sleep")
    await both.note("asleep")
    wire.write(b"".join(masked(b"%08d" % number) for number in range(20_000)) + masked(b"done"))
    await asyncio.sleep(0.5)
    async with websockets.connect(both.url("/wake")) as other:
        assert await other.recv() == "woken"
    assert (await both.note("waiting"))["waiting"] == 17
    assert json.loads((await wire.frame())[1]) == {"count": 20_000, "ordered": True}


async def test_empty_fragments_without_end_are_not_kept(both):

    wire = await Wire.connect(both, "/pieces")
    wire.write(masked(b"begin ", first=0x01) + masked(b"", first=0x00) * 5000 + masked(b"read", first=0x89))
    assert await wire.frame() == (0x8A, b"read")
    async with websockets.connect(both.url("/wake")):
        assert (await both.note("pieces"))["pieces"] == 1
    wire.write(masked(b"end", first=0x80))
    assert await wire.frame() == (0x81, b"begin end")


async def test_frames_that_wait_when_the_client_leaves_reach_the_application_before_its_end(both):
    wire = await Wire.connect(both, "/sleep")
    await both.note("asleep")
    wire.write(b"".join(masked(b"%08d" % number) for number in range(50)) + masked(b"done"))
    wire.write(masked(b"\x03\xe8", first=0x88))
    async with websockets.connect(both.url("/wake")) as other:
        assert await other.recv() == "woken"
    assert json.loads((await wire.frame())[1]) == {"count": 50, "ordered": True}
    assert await wire.close_code() == 1000


async def test_a_client_whose_messages_wait_is_not_taken_for_a_dead_one(start, kind):
    server = await start(kind, ping_interval=0.2, ping_timeout=0.4)
    wire = await Wire.connect(server, "/sleep")
    await server.note("asleep")
    wire.write(b"".join(masked(b"%08d" % number) for number in range(50)) + masked(b"done"))
    await asyncio.sleep(1.5)
    async with websockets.connect(server.url("/wake")) as other:
        assert await other.recv() == "woken"
    assert json.loads((await wire.frame())[1])["count"] == 50


async def stands_still(value, seconds=1):
    """Wait until ``value()`` has not changed for ``seconds``."""
    before = None
    while before != value():
        before = value()
        await asyncio.sleep(seconds)
