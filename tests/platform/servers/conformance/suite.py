"""All the cases, in the suite's order."""

from tests.platform.servers.conformance import (
    auto_fragmentation,
    closing,
    fragmentation,
    framing,
    opcodes,
    pings,
    reserved_bits,
    utf8,
    utf8_sequences,
)

SECTIONS = (
    framing,
    pings,
    reserved_bits,
    opcodes,
    fragmentation,
    utf8,
    utf8_sequences,
    closing,
    auto_fragmentation,
)
CASES = tuple(case for section in SECTIONS for case in section.cases())
