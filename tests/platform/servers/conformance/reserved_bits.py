"""Section 3, reserved bits: without an extension none of the three may be set."""

from tests.platform.servers.conformance.case import failed
from tests.platform.servers.conformance.octets import BINARY, CLOSE, PING, TEXT, chopped, frame
from tests.platform.servers.conformance.overtaking import overtaken

HELLO = b"Hello, world!"
OCTETS = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"


def cases():
    yield failed("3.1", [frame(TEXT, HELLO, rsv=1)])
    yield overtaken("3.2", [b"".join(hello_then(rsv=2))], HELLO)
    yield overtaken("3.3", hello_then(rsv=3), HELLO)
    yield overtaken("3.4", chopped(b"".join(hello_then(rsv=4))), HELLO)
    yield failed("3.5", [frame(BINARY, OCTETS, rsv=5)])
    yield failed("3.6", [frame(BINARY, HELLO, rsv=6)])  # the suite says ping and sends this
    yield failed("3.7", [frame(CLOSE, rsv=7)])


def hello_then(rsv):
    return [frame(TEXT, HELLO), frame(TEXT, HELLO, rsv=rsv), frame(PING)]
