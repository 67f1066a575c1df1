"""Section 4, opcodes: 3 to 7 and 11 to 15 are reserved."""

from tests.platform.servers.conformance.case import failed
from tests.platform.servers.conformance.octets import PING, TEXT, chopped, frame
from tests.platform.servers.conformance.overtaking import overtaken

HELLO = b"Hello, world!"


def cases():
    for section, first in (("4.1", 3), ("4.2", 11)):
        yield failed(f"{section}.1", [frame(first)])
        yield failed(f"{section}.2", [frame(first + 1, b"reserved opcode payload")])
        yield overtaken(f"{section}.3", [hello_then(frame(first + 2))], HELLO)
        yield overtaken(f"{section}.4", [hello_then(frame(first + 3, HELLO))], HELLO)
        yield overtaken(f"{section}.5", chopped(hello_then(frame(first + 4, HELLO))), HELLO)


def hello_then(reserved):
    return frame(TEXT, HELLO) + reserved + frame(PING)
