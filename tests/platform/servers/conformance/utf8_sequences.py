"""Sections 6.5 to 6.23, UTF-8: a message for each sequence of Markus Kuhn's UTF-8-test.txt, and some more."""

from tests.platform.servers.conformance.case import INVALID_PAYLOAD, answered, failed
from tests.platform.servers.conformance.octets import KOSME, TEXT, frame

ENDS_OF_CHARACTERS = {2, 5, 7, 9, 11}  # in KOSME


def cases():
    for section, sequences in enumerate(SECTIONS, 5):
        for number, (is_valid, payload) in enumerate(sequences, 1):
            steps = [frame(TEXT, payload)]
            if is_valid:
                yield answered(f"6.{section}.{number}", steps, ("text", payload))
            else:
                yield failed(f"6.{section}.{number}", steps, code=INVALID_PAYLOAD)


def valid(*sequences):
    return [(True, bytes.fromhex(each)) for each in sequences]


def invalid(*sequences):
    return [(False, bytes.fromhex(each)) for each in sequences]


def greetings():
    texts = [f"hello{character}world" for character in "$¢€\N{CJK UNIFIED IDEOGRAPH-24B62}"]
    return [(True, text.encode()) for text in texts] + [(True, KOSME)]


def prefixes():
    return [(length in ENDS_OF_CHARACTERS, KOSME[:length]) for length in range(1, 12)]


def continuations():
    """A few, and then all of them but the last, which the suite leaves out."""
    few = [("80 bf" * 3)[: 2 * length + length // 2] for length in range(2, 7)]
    return invalid("80", "bf", *few, bytes(range(0x80, 0xBF)).hex())


def lonely(first, last):
    """Start octets of one length with a space after each; the suite leaves out the last octet of each range."""
    return b"".join(bytes((octet, 0x20)) for octet in range(first, last)).hex()


def non_characters():
    """The last two code points of every plane: not characters, but valid."""
    return [(True, chr(plane << 16 | last).encode()) for plane in range(17) for last in (0xFFFE, 0xFFFF)]


UNFINISHED = (
    "c0", "e0 80", "f0 80 80", "f8 80 80 80", "fc 80 80 80 80",
    "df", "ef bf", "f7 bf bf", "fb bf bf bf", "fd bf bf bf bf",
)  # fmt: skip

SECTIONS = (
    # 6.5 some text, 6.6 all prefixes of a text
    greetings(),
    prefixes(),
    # 6.7 the first sequence of each length, 6.8 of those lengths that are none
    valid("00", "c2 80", "e0 a0 80", "f0 90 80 80"),
    invalid("f8 88 80 80 80", "fc 84 80 80 80 80"),
    # 6.9 the last sequence of each length, 6.10 beyond Unicode and of those lengths that are none
    valid("7f", "df bf", "ef bf bf", "f4 8f bf bf"),
    invalid("f7 bf bf bf", "fb bf bf bf bf", "fd bf bf bf bf bf"),
    # 6.11 other borders: the surrogates, the replacement character, the end of Unicode
    valid("ed 9f bf", "ee 80 80", "ef bf bd", "f4 8f bf bf") + invalid("f4 90 80 80"),
    # 6.12 continuations of nothing, 6.13 starts of nothing
    continuations(),
    invalid(lonely(0xC0, 0xDF), lonely(0xE0, 0xEF), lonely(0xF0, 0xF7), lonely(0xF8, 0xFB), lonely(0xFC, 0xFD)),
    # 6.14 without the last octet, 6.15 all of these in a row
    invalid(*UNFINISHED),
    invalid(" ".join(UNFINISHED)),
    # 6.16 octets that never occur
    invalid("fe", "ff", "fe fe ff ff"),
    # 6.17 to 6.19 more octets than needed: for "/", for the last code point of a shorter length, for NUL
    invalid("c0 af", "e0 80 af", "f0 80 80 af", "f8 80 80 80 af", "fc 80 80 80 80 af"),
    invalid("c1 bf", "e0 9f bf", "f0 8f bf bf", "f8 87 bf bf bf", "fc 83 bf bf bf bf"),
    invalid("c0 80", "e0 80 80", "f0 80 80 80", "f8 80 80 80 80", "fc 80 80 80 80 80"),
    # 6.20 surrogates of UTF-16, 6.21 in pairs
    invalid("ed a0 80", "ed ad bf", "ed ae 80", "ed af bf", "ed b0 80", "ed be 80", "ed bf bf"),
    invalid(*(f"ed {high} ed {low}" for high in ("a0 80", "ad bf", "ae 80", "af bf") for low in ("b0 80", "bf bf"))),
    # 6.22 non-characters, 6.23 specials, such as the replacement character
    non_characters(),
    valid(*(f"ef bf {last:x}" for last in range(0xB9, 0xC0))),
)  # fmt: skip
