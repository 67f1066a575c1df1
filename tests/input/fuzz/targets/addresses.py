"""Names of hosts, origins, and URLs that customers want called: none leads where nobody may call."""

from __future__ import annotations

import ipaddress

from kit.content import check_content, make_rules
from kit.errors import CONTENT_REFUSED, INVALID, ParleyError
from kit.outbound import OutboundPolicy, OutboundRefused, check_url
from tenants.directory import host_name
from tenants.origins import read_origins

_NOBODY = OutboundPolicy(allow=frozenset())
_NO_LINKS = make_rules({"links": "none", "words": [{"word": "plonk", "action": "mask"}]})
SEEDS = [
    b"https://example.com/hook?a=b#c", b"https://127.0.0.1/", b"https://[::ffff:10.0.0.1]/", b"https://0x7f.1/",
    b"https://2130706433/",
    b"https://user:pw@example.com:8443/", b"http://example.com", b"https://ex\xc3\xa4mple.com", b"https://localhost.", b"https://a:99999",
    b"https://[fe80::1%25eth0]/", b"https://example.com:443\\@127.0.0.1/", b"//example.com", b"javascript:alert(1)",
    b"acme.localhost:8000",
    b"https://*.example.com", b"null", b"see www.evil.example and http:/\\evil", b"PLONK! p\xcc\x88lonk",
    b"https://\xe2\x91\xa0.1.1.1/",
]  # fmt: skip


def try_one(data: bytes) -> None:
    text = data.decode(errors="replace")
    _called(text)
    name = host_name(text)
    assert name is None or (name == host_name(name) and name.isascii() and name == name.lower())
    try:
        read_origins([text])
    except ParleyError as refused:
        assert refused.code is INVALID
    try:
        assert "plonk" not in check_content(_NO_LINKS, text[:8_000]).split()
    except ParleyError as refused:
        assert refused.code is CONTENT_REFUSED


def _called(url: str) -> None:
    try:
        target = check_url(url, _NOBODY)
    except OutboundRefused:
        return
    assert target.scheme == "https"
    assert not target.userinfo
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        return
    assert address.is_global, "an address inside"
