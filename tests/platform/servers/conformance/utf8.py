"""Sections 6.1 to 6.4, UTF-8: empty fragments, fragments within a character, failing fast.

Sections 6.5 to 6.23 are in utf8_sequences.py.
"""

from tests.platform.servers.conformance.case import INVALID_PAYLOAD, Pause, answered, failed
from tests.platform.servers.conformance.octets import CONTINUATION, KOSME, TEXT, fragments, frame

WHOLE_FRAMES = (
    "text is checked when a frame is complete, and then at once; a frame is 64 KiB at most, and nothing of it "
    "reaches an application before the check"
)
EDITED = b"edited"
SURROGATE = b"\xed\xa0\x80"
BEYOND_UNICODE = b"\xf4\x90\x80\x80"  # U+110000; its second octet is the first impossible one
GREETING = ("Hello-µ@ßöä".encode(), "üàá-UTF-8!!".encode())


def cases():
    yield from empty_fragments()
    yield from valid_text()
    invalid = KOSME + SURROGATE + EDITED
    yield failed("6.3.1", [frame(TEXT, invalid)], code=INVALID_PAYLOAD)
    yield failed("6.3.2", [b"".join(fragments(invalid, 1))], code=INVALID_PAYLOAD)
    yield from fail_fast()


def empty_fragments():
    yield answered("6.1.1", [frame(TEXT)], ("text", b""))
    for number, middle in ((2, b""), (3, b"middle frame payload")):
        three = frame(TEXT, fin=False) + frame(CONTINUATION, middle, fin=False) + frame(CONTINUATION)
        yield answered(f"6.1.{number}", [three], ("text", middle))


def valid_text():
    start, end = GREETING
    yield answered("6.2.1", [frame(TEXT, start + end)], ("text", start + end))
    yield answered("6.2.2", [frame(TEXT, start, fin=False) + frame(CONTINUATION, end)], ("text", start + end))
    yield answered("6.2.3", [b"".join(fragments(start + end, 1))], ("text", start + end))
    yield answered("6.2.4", [b"".join(fragments(KOSME, 1))], ("text", KOSME))


def fail_fast():
    """Three parts of which the second is the one that cannot be text: as frames, then as chops of one frame."""
    text = KOSME + BEYOND_UNICODE + EDITED
    after_it = KOSME, BEYOND_UNICODE, EDITED
    within_it = text[:12], text[12:13], text[13:]
    for number, parts in ((1, after_it), (2, within_it)):
        frames = [frame(TEXT, parts[0], fin=False), frame(CONTINUATION, parts[1], fin=False)]
        yield failing_fast(f"6.4.{number}", [*frames, frame(CONTINUATION, parts[2])], patience=2)
    for number, parts in ((3, after_it), (4, within_it)):
        whole = frame(TEXT, text)
        ends = [len(whole) - len(parts[1]) - len(parts[2]), len(whole) - len(parts[2])]
        chops = [whole[: ends[0]], whole[ends[0] : ends[1]], whole[ends[1] :]]
        yield failing_fast(f"6.4.{number}", chops, patience=0.05, tolerated=WHOLE_FRAMES)


def failing_fast(number, parts, *, patience, tolerated=""):
    """The suite waits 1 s for the server to close after the second part."""
    steps = [parts[0], Pause(0.05, "A"), parts[1], Pause(patience, "B"), parts[2]]
    late = ("timeout", "A"), ("timeout", "B")
    return failed(number, steps, late[0], code=INVALID_PAYLOAD, non_strict=late, tolerated=tolerated)
