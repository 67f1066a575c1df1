"""Messages as they are shown: nothing runs, and nothing comes out but the few tags that are meant to."""

from __future__ import annotations

import re

from chat.markdown import render, targets
from tests.input.hostile import ODD_TEXTS

_TAG = re.compile(
    r'</?(?:blockquote|br|code|em|li|p|pre|s|strong|ul|ol)>|</a>|<ol start="\d+">'
    r'|<a(?: href="(?:https?|mailto):[^"<>]*")? rel="noopener noreferrer nofollow ugc">',
    re.IGNORECASE,
)
_MOST = 8_000  # characters, as a message may have
SEEDS = [
    b"**bold** _it_ ~~gone~~ `code` [a](https://example.com 'b') <https://example.com>",
    b"- a\n  - b\n    1. c\n\n> q\n> > r\n\n```py\nx\n```\n    code",
    b"[x](javascript:alert(1)) ![x](data:text/html,1) <script>alert(1)</script> <img src=x onerror=a>",
    b"www.example.com/a?b=c&d#e, http://exa_mple.com:99/(a)) https://user:pw@host/ Www.x.y",
    b"[a]: javascript:1\n\n[a] [b][a] [a][]", b"*" * 200, b"[" * 100 + b"](x)" * 50, b"`" * 99 + b" a " + b"`" * 98,
    b"<a href=x>&lt;b&gt;&#x6a;avascript:&colon;</a>\\<b\\>", b"> " * 60, b"1) " * 40, "www.\u202e\u00a0.\u3002com://".encode(),
    b"://" * 120, b"[](<javascript&colon;x>)[](//evil)[](\\\\evil)[](vbscript:x)[](data:x)",
    *(text.encode(errors="surrogatepass") for text in ODD_TEXTS.values()),
]  # fmt: skip


def try_one(data: bytes) -> None:
    text = data.decode(errors="replace").replace("\x00", "")[:_MOST]
    html = render(text)
    if html is None:
        return
    rest = _TAG.sub("", html)
    assert "<" not in rest, rest
    for target in targets(html):
        assert target.lower().startswith(("http://", "https://", "mailto:")), target
