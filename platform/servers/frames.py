"""WebSocket frames as a server reads and writes them (RFC 6455 section 5). No I/O, and no extensions."""

from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Final

# The function in C where websockets has its wheel, in Python elsewhere.
from websockets.frames import apply_mask  # type: ignore[attr-defined]

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

PROTOCOL_ERROR = 1002
NO_CODE = 1005
NOT_UTF8 = 1007
TOO_BIG = 1009

_FIN, _RESERVED, _OPCODE = 0x80, 0x70, 0x0F
_MASKED, _LENGTH = 0x80, 0x7F
_LONGEST_CONTROL = 125
_CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}
_text_decoder = getincrementaldecoder("utf-8")


class Violation(Exception):
    """The client broke a rule. ``code`` is what its socket is closed with (RFC 6455 section 7.4.1)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class FrameReader:
    """A client's bytes, read one message or control frame at a time."""

    __slots__ = ("_at", "_data", "_message", "_most")

    def __init__(self, most: int) -> None:
        """``most`` is the length of the longest message, in bytes."""
        self._most = most
        self._data = b""
        self._at = 0
        self._message: _Message | None = None

    def feed(self, data: bytes) -> None:
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    @property
    def waiting(self) -> int:
        """Bytes that were fed and are not read yet."""
        return len(self._data) - self._at

    def read(self) -> tuple[int, str | bytes] | None:
        """The next message (TEXT with a str, BINARY with bytes) or control frame (with bytes); None until there is
        more to read from.

        Raises Violation; nothing can be read after that.
        """
        while (frame := self._frame()) is not None:
            first, payload = frame
            opcode = first & _OPCODE
            if opcode >= CLOSE:
                return opcode, payload
            if self._message is None:
                if first & _FIN:
                    return opcode, _decoded(payload) if opcode == TEXT else payload
                self._message = _Message(opcode)
            self._message.add(payload, final=bool(first & _FIN))
            if first & _FIN:
                message, self._message = self._message, None
                return message.opcode, message.whole
        return None

    def _frame(self) -> tuple[int, bytes] | None:
        """First byte and unmasked payload of the next frame, once it is all there."""
        data, at = self._data, self._at
        available = len(data) - at
        if available < 2:
            return None
        first, second = data[at], data[at + 1]
        length = second & _LENGTH
        self._check(first, second, length)
        begin = at + 6
        if length > _LONGEST_CONTROL:
            begin += 2 if length == 126 else 8
            if len(data) < begin - 4:
                return None
            length = _extended(data[at + 2 : begin - 4])
        self._check_size(first, length)
        end = begin + length
        if len(data) < end:
            return None
        self._at = end
        return first, apply_mask(data[begin:end], data[begin - 4 : begin]) if length else b""

    def _check(self, first: int, second: int, length: int) -> None:
        opcode = first & _OPCODE
        if first & _RESERVED:
            raise Violation(PROTOCOL_ERROR, "a reserved bit is set")
        if not second & _MASKED:
            raise Violation(PROTOCOL_ERROR, "a client's frame must be masked")
        if opcode >= CLOSE:
            if opcode > PONG:
                raise Violation(PROTOCOL_ERROR, "a reserved opcode")
            if not first & _FIN or length > _LONGEST_CONTROL:
                raise Violation(PROTOCOL_ERROR, "a control frame is short and whole")
        elif opcode > BINARY:
            raise Violation(PROTOCOL_ERROR, "a reserved opcode")
        elif (opcode == CONTINUATION) is (self._message is None):
            raise Violation(PROTOCOL_ERROR, "a continuation of nothing, or a message within another")

    def _check_size(self, first: int, length: int) -> None:
        if self._message is not None and first & _OPCODE < CLOSE:
            length += self._message.size
        if length > self._most:
            raise Violation(TOO_BIG, "message too big")


class _Message:
    """One that comes in fragments. Text is decoded as it comes, so that what is no UTF-8 fails early."""

    __slots__ = ("_decoder", "_parts", "opcode", "size")

    def __init__(self, opcode: int) -> None:
        self.opcode = opcode
        self.size = 0
        self._decoder = _text_decoder() if opcode == TEXT else None
        self._parts: list[str | bytes] = []

    def add(self, payload: bytes, *, final: bool) -> None:
        self.size += len(payload)
        part = payload if self._decoder is None else _decoded(payload, self._decoder.decode, final)
        if part:  # empty fragments cost a client nothing: they are not kept
            self._parts.append(part)

    @property
    def whole(self) -> str | bytes:
        empty: str | bytes = b"" if self._decoder is None else ""
        return empty.join(self._parts)  # type: ignore[arg-type]  # all are of one kind


def _extended(octets: bytes) -> int:
    """Of two or eight octets: a length that fits no shorter form (RFC 6455 section 5.2)."""
    length = int.from_bytes(octets, "big")
    if length < (126 if len(octets) == 2 else 1 << 16) or length >> 63:
        raise Violation(PROTOCOL_ERROR, "a length that is not in its shortest form")
    return length


def _decoded(payload: bytes, decode: Callable[..., str] = bytes.decode, *arguments: bool) -> str:
    try:
        return decode(payload, *arguments)
    except UnicodeDecodeError:
        raise Violation(NOT_UTF8, "text that is not UTF-8") from None


def close_code_and_reason(payload: bytes) -> tuple[int, str]:
    """What a close frame says; ``NO_CODE`` if it says nothing (RFC 6455 sections 5.5.1 and 7.4).

    Raises Violation.
    """
    if not payload:
        return NO_CODE, ""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 or not (code in _CODES or 3000 <= code < 5000):
        raise Violation(PROTOCOL_ERROR, "a close code that may not be sent")
    return code, _decoded(payload[2:])


def close_frame(code: int, reason: str) -> bytes:
    """``reason`` is cut to what fits a control frame."""
    if code == NO_CODE:
        return control_frame(CLOSE, b"")
    text = reason.encode()[: _LONGEST_CONTROL - 2].decode(errors="ignore")
    return control_frame(CLOSE, code.to_bytes(2, "big") + text.encode())


def control_frame(opcode: int, payload: bytes) -> bytes:
    return bytes((_FIN | opcode, len(payload))) + payload


def text_frame(payload: bytes) -> bytes:
    """One unfragmented, unmasked text message. ``payload`` is UTF-8."""
    return frame_header(TEXT, len(payload)) + payload


def frame_header(opcode: int, length: int) -> bytes:
    """What stands before an unmasked payload of ``length`` bytes."""
    first = _FIN | opcode
    if length < 126:
        return bytes((first, length))
    if length < 1 << 16:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
