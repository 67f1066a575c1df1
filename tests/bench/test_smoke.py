"""The benchmarks measure what they say: the checker notices what is wrong, and a small step runs."""

from __future__ import annotations

import pytest

from servers.frames import frame_header, text_frame
from tests.bench.crowd import Crowd
from tests.bench.histogram import Histogram
from tests.bench.listener import Listener
from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.process import Process
from tests.bench.search import highest_steady
from tests.bench.shapes import Shape
from tests.bench.step import Step, closed_step, open_step
from tests.bench.stream import Delivery, Stream
from tests.bench.systems import Parley
from tests.bench.wire import client_frame, frame_at
from tests.support.server import LiveServer

PING = frame_header(0x89, 2) + b"hi"


class Transport:
    def __init__(self):
        self.written = []

    def write(self, data):
        self.written.append(data)

    def is_closing(self):
        return False


@pytest.fixture
def stream():
    """Room 0, into which five messages were sent."""
    stream = Stream(0, b"message", _read)
    for _ in range(5):
        stream.expect(due=0.0)
    return stream


def _read(payload):
    _, *numbers = payload.split()
    return Delivery(*map(int, numbers))


def _frame(seq, number=None, room=0):
    return text_frame(b"message %d %d %d" % (room, seq, seq - 1 if number is None else number))


def _listener(stream):
    return Listener(Transport(), stream, {})


WHOLE = [_frame(seq) for seq in (1, 2, 3, 4, 5)]
MISSING = [_frame(seq) for seq in (1, 2, 4, 5)]
DOUBLED = [_frame(seq) for seq in (1, 2, 2, 3, 4, 5)]
SWAPPED = [_frame(seq) for seq in (1, 3, 2, 4, 5)]
FOREIGN = [_frame(1), _frame(2, room=1), _frame(3), _frame(4), _frame(5)]
ALTERED = [_frame(1), _frame(2), _frame(3, number=1), _frame(4), _frame(5)]


@pytest.mark.parametrize("frames", [MISSING, DOUBLED, SWAPPED, FOREIGN, ALTERED])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
def test_the_checker_notices_what_is_missing_doubled_swapped_or_foreign(stream, frames, first, at_once):
    if not first:
        _listener(stream).data_received(b"".join(WHOLE))
    listener = _listener(stream)
    for data in [b"".join(frames)] if at_once else frames:
        listener.data_received(data)
    stream.check()
    assert (stream.fault if first else listener.fault) != ""
    assert (stream.fault if not first else listener.fault) == ""


def test_the_checker_notices_what_is_missing_at_the_end(stream):
    first, second = _listener(stream), _listener(stream)
    first.data_received(b"".join(WHOLE))
    second.data_received(b"".join(WHOLE[:4]))
    assert (first.fault, second.fault) == ("", "")
    assert (first.level, second.level) == (True, False)
    stream.check()
    assert (stream.undelivered, stream.fault, stream.due) == (0, "", [0.0] * 5)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 1000])
def test_the_checker_passes_what_is_right_in_any_pieces(stream, size):
    wire = b"".join(WHOLE[:2]) + PING + b"".join(WHOLE[2:]) + text_frame(b"other") + PING
    listeners = [_listener(stream), _listener(stream)]
    for start in range(0, len(wire), size):
        for listener in listeners:
            listener.data_received(wire[start : start + size])
    stream.check()
    assert not stream.fault
    for listener in listeners:
        assert not listener.fault
        assert listener.level
        assert stream.frames_before(listener.offset) == 5
        assert len(listener.transport.written) == 2, "a pong for each ping"


def test_a_client_frame_unmasks_to_what_was_said():
    frame = client_frame(b"x" * 300)
    mask, masked = frame[4:8], frame[8:]
    assert bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked)) == b"x" * 300
    assert frame_at(text_frame(b"y" * 70_000) + b"rest", 0) == (1, 10, 70_010)


def test_a_percentile_is_rounded_up():
    histogram = Histogram()
    for milliseconds in range(1, 101):
        histogram.add(milliseconds / 1000)
    assert histogram.percentile(0.5) == pytest.approx(50, abs=0.2)
    assert histogram.percentile(0.99) == pytest.approx(99, abs=0.2)


@pytest.mark.parametrize("guess", [10.0, 900.0, 5_000.0])
async def test_a_search_ends_just_below_what_the_system_holds(guess):
    async def attempt(rate: float) -> Step:
        return Step("open", rate, rate, 1, 1, None, None, 0, {}, 0, 0, 0)

    pace = Pace(most_steps=30)
    best = await highest_steady(attempt, lambda step: step.messages_per_second <= 1_000, guess, pace)
    assert best is not None
    assert 1_000 / (1 + pace.precision) <= best.messages_per_second <= 1_000


def test_a_small_step_is_heard_whole(live: LiveServer):
    system = Parley("daphne", port=live.port)
    system.prepare(Shape(2, 3))
    system.process = Process(live.pid, live.port)
    opened, closed = run(_steps(system))
    assert opened.whole, (opened.missing, opened.faults)
    assert closed.whole, (closed.missing, closed.faults)
    assert opened.p99 >= opened.p50 > 0
    assert opened.answer_p99 > 0


async def _steps(system: Parley) -> tuple[Step, Step]:
    crowd = Crowd(system, Shape(2, 3))
    await crowd.connect()
    opened = await open_step(crowd, 40, seconds=0.5, warm_up=0.1)
    assert sum(len(stream.due) for stream in crowd.streams) == 24
    closed = await closed_step(crowd, seconds=0.5, warm_up=0.1)
    await crowd.close()
    return opened, closed
