"""A socket's bytes: messages, or a rule that was broken, however they are cut."""

from __future__ import annotations

from servers.frames import TEXT, FrameReader, Violation

_MOST = 4_096


def _frame(opcode: int, payload: bytes, first: int = 0x80) -> bytes:
    mask = b"\x01\x02\x03\x04"
    masked = bytes(octet ^ mask[place % 4] for place, octet in enumerate(payload))
    length = len(payload)
    head = (
        bytes([first | opcode, 0x80 | length]) if length < 126 else bytes([first | opcode, 0xFE, *divmod(length, 256)])
    )
    return head + mask + masked


SEEDS = [
    _frame(1, b'{"type": "ping"}'),
    _frame(1, "🐙".encode()[:2], 0) + _frame(0, "🐙".encode()[2:]),
    _frame(9, b"") + _frame(1, b"a" * 300) + _frame(8, b"\x03\xe8bye"),
    _frame(1, b"a", 0) + _frame(9, b"between") + _frame(0, b"", 0) * 5 + _frame(0, b"b"),
    b"\x81\xff\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00",
    _frame(2, b"\x00\xff") + _frame(1, b"\xff"),
    b"\xf1\x80\x00\x00\x00\x00",
]


def try_one(data: bytes) -> None:
    whole = _read(data, len(data) or 1)
    assert whole == _read(data, 1), "how the bytes come makes no difference"


def _read(data: bytes, together: int) -> list[object]:
    reader, told = FrameReader(_MOST), []
    for start in range(0, len(data), together):
        reader.feed(data[start : start + together])
        try:
            while (message := reader.read()) is not None:
                opcode, payload = message
                assert isinstance(payload, str) is (opcode == TEXT)
                assert len(payload) <= _MOST
                told.append(message)
        except Violation as broken:
            told.append(broken.code)
            break
    return told
