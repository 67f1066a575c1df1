"""Section 10, which is one case: the largest message in frames of 1,300 octets."""

from tests.platform.servers.conformance.case import answered
from tests.platform.servers.conformance.octets import fragments

LARGEST = b"*" * 65536


def cases():
    yield answered("10.1.1", [b"".join(fragments(LARGEST, 1300))], ("text", LARGEST))
