"""Origins: exactly a scheme, a host and a port, as browsers write them."""

from __future__ import annotations

import pytest
from django.conf import settings

from kit.errors import ParleyError
from tenants.origins import MOST_ORIGINS, own_origin, read_origin, read_origins


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("HTTPS://App.Example.COM", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://app.example.com:80", "http://app.example.com"),
        ("http://app.example.com:443", "http://app.example.com:443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://192.0.2.7:8443", "https://192.0.2.7:8443"),
        ("https://[2001:DB8:0::1]:443", "https://[2001:db8::1]"),
        (" https://app.example.com ", "https://app.example.com"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(given: str, kept: str) -> None:
    assert read_origin(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        *("", "*", "null", "app.example.com", "//app.example.com", "https://", "https://:443", "https:app.example.com"),
        *("https://*.example.com", "https://*", "https://app.example.com/", "https://app.example.com/rooms"),
        *("https://app.example.com?x", "https://app.example.com#x", "https://ann@app.example.com", "https://a b"),
        *("https://app.example.com:", "https://app.example.com:0", "https://app.example.com:65536"),
        *("https://app.example.com:x", "https://app.example.com:٣", "https://app.example.com:4 3"),
        *("https://ä.example", "https://app..example", "https://app.example.com.", "https://[::1", "https://[x]"),
        *("https://[::1]x", "x[::1]", "ftp://app.example.com", "javascript://x", "file://", "https://a\nhttps://b"),
    ],
)
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_origin(given)


def test_a_list_names_its_faulty_ones_and_keeps_each_once() -> None:
    assert read_origins(["https://a.test", "https://A.test:443", "http://b.test"]) == [
        "https://a.test",
        "http://b.test",
    ]
    with pytest.raises(ParleyError) as caught:
        read_origins(["https://a.test", "*", "https://b.test", "https://b.test/"])
    assert [error["field"] for error in caught.value.errors] == ["origins.1", "origins.3"]
    with pytest.raises(ParleyError):
        read_origins(f"https://{number}.test" for number in range(MOST_ORIGINS + 1))


def test_one_s_own_origin_is_that_in_front_of_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SECURE", True)
    assert own_origin("acme.example") == "https://acme.example"
    monkeypatch.setattr(settings, "SECURE", False)
    assert own_origin("acme.localhost:8000") == "http://acme.localhost:8000"
