"""Names of files: for showing and saving, never for misleading."""

from __future__ import annotations

import pytest

from chat.files.media_types import MEDIA_TYPES, OCTETS
from chat.files.names import clean_name, with_suffix

PNG = MEDIA_TYPES["image/png"]

NAMES = {
    "holiday.txt": "holiday.txt",
    "Größe – 图.txt": "Größe – 图.txt",
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\win.ini": "win.ini",
    "/etc/passwd": "passwd",
    "C:\\a\\b.txt": "b.txt",
    "a\x00b.txt": "ab.txt",
    "a\r\nSet-Cookie: x=1.txt": "a Set-Cookie_ x=1.txt",
    "a\x1b[31m.txt": "a[31m.txt",
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "a\u2066b\u2069\u200bc\ufeff.txt": "abc.txt",
    "a\u2028b.txt": "a b.txt",
    "a.html. ": "a.html",
    "a.html\u202e.": "a.html",
    "  a   b .txt ": "a b .txt",
    "<img src=x onerror=alert(1)>.txt": "_img src=x onerror=alert(1)_.txt",
    '"quoted".txt': "_quoted_.txt",
    ".htaccess": "htaccess",
    "e\u0301.txt": "é.txt",
}
EMPTY = ["", ".", "..", "...", "/", "a/", "\x00", "\u202e", " . ", "\ud800"]


@pytest.mark.parametrize(("given", "kept"), NAMES.items())
def test_a_name_keeps_what_can_be_read_and_loses_the_rest(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize("given", EMPTY)
def test_a_name_with_nothing_left_is_file(given: str) -> None:
    assert clean_name(given) == "file"


def test_a_name_that_ends_as_something_else_gets_its_own_ending_behind() -> None:
    assert with_suffix("evil.html", PNG) == "evil.html.png"
    assert with_suffix("photo.PNG", PNG) == "photo.PNG"
    assert with_suffix("photo", PNG) == "photo"
    assert with_suffix("script.js", OCTETS) == "script.js"


def test_a_long_name_is_cut_before_its_ending() -> None:
    name = clean_name("a" * 300 + ".png")
    assert (len(name), name[-5:]) == (120, "a.png")
    assert len(clean_name("a." + "b" * 300)) == len(clean_name("\U0001f600" * 300)) == 120
    name = with_suffix("a" * 115 + ".html", PNG)
    assert (len(name), name[-5:]) == (120, "..png")
