"""Section 1, framing: each form of the payload's length; 65,536 octets are also the most that is taken."""

from tests.platform.servers.conformance.case import answered
from tests.platform.servers.conformance.octets import BINARY, TEXT, chopped, frame

LENGTHS = (0, 125, 126, 127, 128, 65535, 65536)


def cases():
    for section, kind, opcode, octet in (("1.1", "text", TEXT, b"*"), ("1.2", "binary", BINARY, b"\xfe")):
        for number, length in enumerate(LENGTHS, 1):
            payload = octet * length
            yield answered(f"{section}.{number}", [frame(opcode, payload)], (kind, payload))
        largest = octet * 65536
        yield answered(f"{section}.8", chopped(frame(opcode, largest), 997), (kind, largest))
