"""An outlet never waits, keeps the order, and bounds what a reader leaves unread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chat.delivery.batch import Batch, in_parts
from chat.delivery.outlet import MOST_UNSENT, QueueOutlet, TransportOutlet, outlet_for
from tests.chat.delivery.standins import turns


class Server:
    """An ASGI server's ``send``, which a slow reader can hold up."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.takes = asyncio.Event()
        self.takes.set()
        self.gone = False

    async def send(self, message: dict[str, Any]) -> None:
        await self.takes.wait()
        if self.gone:
            raise RuntimeError("the socket is gone")
        self.sent.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if message["type"] == "websocket.send"]


@pytest.fixture
async def server() -> Server:
    return Server()


async def test_everything_goes_out_in_order(server: Server) -> None:
    outlet = QueueOutlet(server.send)
    for number in range(100):
        outlet.write(Batch([b"%d" % number, b"%d again" % number]))
        if number % 7 == 0:
            await turns(1)
    await outlet.drained()
    assert server.texts == [text for n in range(100) for text in (f"{n}", f"{n} again")]


async def test_a_reader_that_stops_is_cut_with_4408(server: Server) -> None:
    server.takes.clear()
    outlet = QueueOutlet(server.send)
    for _ in range(2 * MOST_UNSENT // 1024):
        outlet.write(Batch([b"x" * 1024]))
    server.takes.set()
    await outlet.drained()
    assert server.sent[-1] == {"type": "websocket.close", "code": 4408, "reason": "reader too slow"}
    assert len(server.texts) <= 1


async def test_a_reader_that_keeps_up_may_be_given_any_amount(server: Server) -> None:
    outlet = QueueOutlet(server.send)
    for _ in range(64):
        outlet.write(Batch([b"x" * (MOST_UNSENT // 8)]))
        await outlet.drained()
    assert len(server.texts) == 64


async def test_the_close_comes_behind_what_was_written_and_nothing_behind_the_close(server: Server) -> None:
    outlet = QueueOutlet(server.send)
    outlet.write(Batch([b"last words"]))
    outlet.close(1012, "restarting")
    outlet.write(Batch([b"too late"]))
    outlet.close(1000, "again")
    await outlet.drained()
    assert [message.get("text", message.get("code")) for message in server.sent] == ["last words", 1012]


async def test_a_socket_that_is_gone_ends_in_silence(server: Server) -> None:
    server.gone = True
    outlet = QueueOutlet(server.send)
    outlet.write(Batch([b"1", b"2"]))
    await outlet.drained()
    outlet.write(Batch([b"3"]))
    await outlet.drained()
    assert server.sent == []


async def test_a_server_with_a_transport_is_given_ready_made_frames(server: Server) -> None:
    class Transport:
        frames = b""
        closed: tuple[int, str] | None = None

        def write_frames(self, frames: bytes) -> None:
            self.frames += frames

        def close(self, code: int, reason: str) -> None:
            self.closed = (code, reason)

        async def drained(self) -> None: ...

        def listen(self, hears: Callable[[str], bool]) -> None:
            self.hears = hears

    transport = Transport()
    outlet = outlet_for({"extensions": {"parley.outlet": transport}}, server.send)
    assert isinstance(outlet, TransportOutlet)
    outlet.write(Batch([b"a", b"b" * 126]))
    outlet.close(1000, "bye")
    assert transport.frames == b"\x81\x01a" + b"\x81\x7e\x00\x7e" + b"b" * 126
    assert transport.closed == (1000, "bye")
    assert isinstance(outlet_for({}, server.send), QueueOutlet)


async def test_a_batch_is_framed_once_for_all() -> None:
    batch = Batch([b"x"])
    assert batch.wire is batch.wire


@pytest.mark.parametrize("size", [1, 1_000, 100_000])
def test_long_replays_go_out_in_parts(size: int) -> None:
    payloads = [b"%07d" % number + b"x" * size for number in range(300)]
    parts = list(in_parts(payloads))
    assert [payload for part in parts for payload in part.payloads] == payloads
    assert all(sum(map(len, part.payloads[:-1])) < 64 << 10 for part in parts)
    assert list(in_parts([])) == []
