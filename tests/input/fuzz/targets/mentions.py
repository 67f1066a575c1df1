"""Whom a text mentions: so many ids at most, each as it may be stored."""

from __future__ import annotations

from chat.commands.wording import _MOST_MENTIONS, extras_of
from tests.input.hostile import ODD_TEXTS

SEEDS = [
    b"@ann @bob, (@carol) @room!", b"@a.b@c.d @@x a@b.c /@x", b"@" * 500, b"@ann*** **@bob** _@c_", b"@ann." * 200,
    b"@" + b".,:;!?)]}>" * 12, "@\u202eann @\U0001f419 @\u0130 @a\u0301".encode(), b"@" + b"x" * 200,
    *(b"@" + text.encode(errors="surrogatepass") for text in ODD_TEXTS.values()),
]  # fmt: skip


def try_one(data: bytes) -> None:
    text = data.decode(errors="replace").replace("\x00", "")[:8_000]
    extras = extras_of(text) or {}
    mentioned = extras.get("mentions", [])
    assert len(mentioned) <= 2 * _MOST_MENTIONS
    assert len(set(mentioned)) == len(mentioned)
    for user in mentioned:
        assert 0 < len(user) <= 128
        assert f"@{user}" in text
        assert not set(user) & set(" \t\n/@")
