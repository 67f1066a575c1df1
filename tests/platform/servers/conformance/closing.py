"""Section 7, closing: what comes after a close frame is ignored; a close frame has a valid code and reason."""

from tests.platform.servers.conformance.case import INVALID_PAYLOAD, NORMAL, PROTOCOL_ERROR, TOO_BIG, answered, closed
from tests.platform.servers.conformance.octets import CLOSE, CONTINUATION, KOSME, PING, TEXT, close_frame, frame

HELLO = b"Hello World!"
VALID_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
INVALID_CODES = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)
BYE = close_frame(NORMAL)
NOT_TEXT = KOSME + b"\xed\xa0\x80edited"


def cases():
    yield from after_the_end()
    yield closed("7.3.1", [frame(CLOSE)])
    yield refused("7.3.2", frame(CLOSE, b"a"))
    yield closed("7.3.3", [BYE])
    yield closed("7.3.4", [close_frame(NORMAL, HELLO)])
    yield closed("7.3.5", [close_frame(NORMAL, b"*" * 123)])
    yield refused("7.3.6", close_frame(NORMAL, b"*" * 124))
    yield refused("7.5.1", close_frame(NORMAL, NOT_TEXT), PROTOCOL_ERROR, INVALID_PAYLOAD)
    for number, code in enumerate(VALID_CODES, 1):
        yield closed(f"7.7.{number}", [close_frame(code)], codes=(NORMAL, code))
    for number, code in enumerate(INVALID_CODES, 1):
        yield refused(f"7.9.{number}", close_frame(code))
    for number, code in ((1, 5000), (2, 65535)):
        codes = (NORMAL, code, PROTOCOL_ERROR)
        yield closed(f"7.13.{number}", [close_frame(code)], codes=codes, clean=False, pinned=(PROTOCOL_ERROR,))


def after_the_end():
    yield answered("7.1.1", [frame(TEXT, HELLO)], ("text", HELLO))
    yield closed("7.1.2", [BYE + frame(CLOSE)])
    yield closed("7.1.3", [BYE + frame(PING)])
    yield closed("7.1.4", [BYE + frame(TEXT, HELLO)])
    yield closed("7.1.5", [frame(TEXT, b"fragment1", fin=False) + BYE + frame(CONTINUATION, b"fragment2")])
    larger_than_we_take = (b"BAsd7&jh23" * (1 << 15))[: 1 << 18]
    steps = [frame(TEXT, larger_than_we_take) + frame(TEXT, HELLO) + BYE + frame(PING)]
    yield closed("7.1.6", steps, pinned=(TOO_BIG,))


def refused(number, close, *codes):
    """A close frame that breaks a rule is not answered with its own code."""
    return closed(number, [close], codes=codes or (PROTOCOL_ERROR,), clean=False)
