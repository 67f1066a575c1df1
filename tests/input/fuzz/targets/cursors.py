"""Cursors and links of people's own making: refused, or read as what they say."""

from __future__ import annotations

import base64

from chat.api.cursors import make_cursor, read_cursor
from chat.api.rooms import time_and_id
from chat.api.search import _place
from chat.files.links import read as read_link
from chat.guest_tokens import read as read_guest_token
from kit.errors import BAD_CURSOR, LINK_EXPIRED, ParleyError

_KINDS = ((str,), (int,), (str, str), (int, str))
SEEDS = [
    *(make_cursor(*place).encode() for place in (("a",), (7,), ("2026-01-01T00:00:00+00:00", "a"), (9**30, "x"))),
    *(base64.urlsafe_b64encode(text) for text in (b"[]", b'["\\u0000"]', b"[true]", b"[1e999]", b'[["a"]]', b"{")),
    b"", b"=", b"a", b"====", "é".encode(), b"WyJhIl0:1abc:def", b"x:y:z",
]  # fmt: skip


def try_one(data: bytes) -> None:
    text = data.decode("latin-1")
    for kinds in _KINDS:
        try:
            place = read_cursor(text, *kinds)
        except ParleyError as refused:
            assert refused.code is BAD_CURSOR
        else:
            assert [type(part) for part in place] == list(kinds)
            assert read_cursor(make_cursor(*place), *kinds) == place
    for read in (time_and_id, _place):
        try:
            read(text)
        except ParleyError as refused:
            assert refused.code is BAD_CURSOR
    assert read_guest_token(text, "t_acme") is None
    try:
        read_link(text, "t_acme")
    except ParleyError as refused:
        assert refused.code is LINK_EXPIRED
    else:
        raise AssertionError("a link that nobody signed")
