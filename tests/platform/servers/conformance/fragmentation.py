"""Section 5, fragmentation; most of it in one write, in one a frame, and in one an octet."""

from tests.platform.servers.conformance.case import Pause, answered, failed
from tests.platform.servers.conformance.octets import CONTINUATION, PING, PONG, TEXT, chopped, frame
from tests.platform.servers.conformance.overtaking import overtaken

PARTS = [b"fragment%d" % number for number in range(1, 6)]
PAUSE = Pause(0.05)  # the suite's is 1 s


def cases():
    yield failed("5.1", [frame(PING, PARTS[0], fin=False) + frame(CONTINUATION, PARTS[1])])
    yield failed("5.2", [frame(PONG, PARTS[0], fin=False) + frame(CONTINUATION, PARTS[1])])
    yield from two_fragments()
    yield from nothing_to_continue()
    yield failed("5.18", [frame(TEXT, PARTS[0], fin=False) + frame(TEXT, PARTS[1])])
    yield from five_fragments()


def two_fragments():
    start, end = frame(TEXT, PARTS[0], fin=False), frame(CONTINUATION, PARTS[1])
    echo = ("text", PARTS[0] + PARTS[1])
    for number, steps in enumerate(in_three_ways(start, end), 3):
        yield answered(f"5.{number}", steps, echo)
    ping = frame(PING, b"ping payload")
    for number, steps in enumerate(in_three_ways(start, ping, end), 6):
        yield answered(f"5.{number}", steps, ("pong", b"ping payload"), echo)


def nothing_to_continue():
    text = frame(TEXT, b"Hello, world!")
    for first, fin in ((9, True), (12, False)):
        orphan = frame(CONTINUATION, b"non-continuation payload", fin=fin)
        for number, steps in enumerate(in_three_ways(orphan, text), first):
            yield failed(f"5.{number}", steps)
    message = frame(TEXT, PARTS[0], fin=False) + frame(CONTINUATION, PARTS[1])
    orphan = frame(CONTINUATION, PARTS[2], fin=False)
    yield overtaken("5.15", [message + orphan + frame(TEXT, PARTS[3])], PARTS[0] + PARTS[1])
    for number, fin in ((16, False), (17, True)):
        orphan = frame(CONTINUATION, PARTS[0], fin=fin)
        message = frame(TEXT, PARTS[1], fin=False) + frame(CONTINUATION, PARTS[2])
        yield failed(f"5.{number}", [(orphan + message) * 2])


def five_fragments():
    """With a pause and two pings in between, each of which is answered at once."""
    before = (frame(TEXT, PARTS[0], fin=False), frame(CONTINUATION, PARTS[1], fin=False), frame(PING, b"pongme 1!"))
    after = (
        frame(CONTINUATION, PARTS[2], fin=False),
        frame(CONTINUATION, PARTS[3], fin=False),
        frame(PING, b"pongme 2!"),
        frame(CONTINUATION, PARTS[4]),
    )
    events = ("pong", b"pongme 1!"), ("pong", b"pongme 2!"), ("text", b"".join(PARTS))
    yield answered("5.19", [b"".join(before), PAUSE, b"".join(after)], *events)
    yield answered("5.20", [*before, PAUSE, *after], *events)


def in_three_ways(*frames):
    """The frames in one write, in a write each, and in a write an octet."""
    return [b"".join(frames)], frames, chopped(b"".join(frames))
