"""Section 2, pings and pongs."""

from tests.platform.servers.conformance.case import NORMAL, answered, closed, failed
from tests.platform.servers.conformance.octets import PING, PONG, chopped, close_frame, frame

UNSOLICITED = frame(PONG, b"unsolicited pong payload")


def cases():
    for number, payload in enumerate((b"", b"Hello, world!", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125), 1):
        yield answered(f"2.{number}", [frame(PING, payload)], ("pong", payload))
    yield failed("2.5", [frame(PING, b"\xfe" * 126)])
    yield answered("2.6", chopped(frame(PING, b"\xfe" * 125)), ("pong", b"\xfe" * 125))
    yield closed("2.7", [frame(PONG) + close_frame(NORMAL)])
    yield closed("2.8", [UNSOLICITED + close_frame(NORMAL)])
    yield answered("2.9", [UNSOLICITED + frame(PING, b"ping payload")], ("pong", b"ping payload"))
    payloads = [b"payload-%d" % number for number in range(10)]
    ten = b"".join(frame(PING, payload) for payload in payloads)
    pongs = [("pong", payload) for payload in payloads]
    yield answered("2.10", [ten], *pongs)
    yield answered("2.11", chopped(ten), *pongs)
