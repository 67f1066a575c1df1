"""What the client puts on the wire: frames, whole, fragmented or chopped (RFC 6455 section 5.2)."""

import itertools
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

MASK = bytes.fromhex("37fa213d")  # that of RFC 6455's examples: no two octets alike, none of them zero

KOSME = "κ\N{GREEK SMALL LETTER OMICRON WITH OXIA}σμε".encode()  # 11 octets; with the other omicron they were 10


def frame(opcode, payload=b"", *, fin=True, rsv=0):
    """One masked frame; nothing stops it from breaking the rules."""
    length = len(payload)
    first = fin << 7 | rsv << 4 | opcode
    if length < 126:
        header = struct.pack("!BB", first, 0x80 | length)
    elif length < 65536:
        header = struct.pack("!BBH", first, 0x80 | 126, length)
    else:
        header = struct.pack("!BBQ", first, 0x80 | 127, length)
    return header + MASK + masked(payload)


def masked(payload, mask=MASK):
    """The payload as it looks with the mask on, or with it off again."""
    return bytes(octet ^ key for octet, key in zip(payload, itertools.cycle(mask), strict=False))


def fragments(payload, size):
    """A text message in frames of ``size`` octets; the last has the rest of it, which may be nothing."""
    pieces = [payload[start : start + size] for start in range(0, len(payload) + 1, size)]
    opcodes = [TEXT] + [CONTINUATION] * (len(pieces) - 1)
    return [
        frame(opcode, piece, fin=number == len(pieces))
        for number, (opcode, piece) in enumerate(zip(opcodes, pieces, strict=True), 1)
    ]


def close_frame(code, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


def chopped(octets, size=1):
    """The same octets in writes of ``size``."""
    return tuple(octets[start : start + size] for start in range(0, len(octets), size))
