"""What a file is: by its content, whatever it is called."""

from __future__ import annotations

import io
import zipfile

import pytest

from chat.files.media_types import MEDIA_TYPES, media_type_of
from kit.errors import ParleyError
from tests.support import uploads


def kind(content: bytes, name: str = "file") -> str:
    """The name of its type, or the code of its refusal."""
    file = io.BytesIO(content)
    try:
        found = media_type_of(file, name)
    except ParleyError as refusal:
        return refusal.code.name
    assert file.tell() == 0
    return found.name


def office(folder: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<x/>")
    return written.getvalue()


KNOWN = {
    "image/png": uploads.image("PNG"),
    "image/jpeg": uploads.image("JPEG"),
    "image/gif": uploads.image("GIF"),
    "image/webp": uploads.image("WEBP"),
    "video/mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42" + b"\x00" * 40,
    "video/webm": b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\x00" * 40,
    "audio/mpeg": b"ID3\x04\x00" + b"\x00" * 40,
    "audio/ogg": b"OggS\x00\x02" + b"\x00" * 40,
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 40,
    "application/pdf": b"%PDF-1.7\n",
    "application/zip": uploads.zip_bomb(),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": office("word"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": office("xl"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": office("ppt"),
}


@pytest.mark.parametrize(("name", "content"), KNOWN.items(), ids=KNOWN)
def test_its_beginning_says_what_it_is_and_its_name_does_not(name: str, content: bytes) -> None:
    assert {kind(content, called) for called in ("x", "x.html", "x.png", "x.svg", "x.txt")} == {name}


def test_the_ending_of_its_name_chooses_among_kinds_of_text_that_nothing_runs() -> None:
    text = "größer, 1\n".encode()
    assert kind(text, "a.txt") == kind(text, "a") == kind(text, "A.MD") == "text/plain"
    assert kind(text, "a.csv") == "text/csv"
    assert kind(text, "a.json") == "application/json"
    assert kind("größer\n".encode("latin-1"), "a.csv") == "text/csv"


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xml", "a.js", "a.mjs", "a.css", "a.xhtml", "a.png"])
@pytest.mark.parametrize("content", [uploads.SVG, uploads.HTML, uploads.SCRIPT], ids=["SVG", "HTML", "script"])
def test_what_a_browser_would_run_is_bytes_to_save(content: bytes, name: str) -> None:
    assert kind(content, name) == "application/octet-stream"


REFUSED = {
    "nothing": b"",
    "a program of Windows": b"MZ\x90\x00" + b"\x00" * 100,
    "a program of Linux": b"\x7fELF\x02\x01\x01" + b"\x00" * 100,
    "a picture that nothing here decodes": b"II*\x00" + b"\x00" * 100,
    "Postscript with binary in it": b"%!PS-Adobe-3.0\n\x00\x01\x02",
    "a gzipped SVG": b"\x1f\x8b\x08\x00" + b"\x00" * 100,
    "text with NUL": b"hello\x00",
    "text with NUL far behind": b"hello" * 100_000 + b"\x00",
    "noise": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_not_on_the_list_is_refused(content: bytes) -> None:
    assert kind(content, "a.txt") == "file_refused"


def test_only_what_cannot_run_is_shown_in_its_place() -> None:
    shown = {name for name, media_type in MEDIA_TYPES.items() if media_type.inline}
    assert {name.partition("/")[0] for name in shown} == {"image", "video", "audio"}
    assert "image/svg+xml" not in MEDIA_TYPES
