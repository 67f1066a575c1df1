"""What a file is, by its content. What the client calls it counts for nothing, but for one thing: the ending of its
name chooses among the kinds of text that no browser runs.

Whatever a browser would run (HTML, SVG, XML, scripts) is text with another ending, and kept as bytes to save.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

import filetype  # type: ignore[import-untyped]

from kit.errors import FILE_REFUSED, ParleyError

_HEAD = 8_192
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class MediaType:
    """``name`` is the media type (RFC 6838), ``suffixes`` are how names of such files end, the usual one first.
    ``inline``: a browser may show it where it is; everything else is for saving."""

    name: str
    suffixes: tuple[str, ...] = ()
    inline: bool = False

    @property
    def is_image(self) -> bool:
        return self.name.startswith("image/")


OCTETS = MediaType("application/octet-stream")
_PLAIN = MediaType("text/plain", (".txt", ".md", ".log"))
_CSV = MediaType("text/csv", (".csv",))
_JSON = MediaType("application/json", (".json",))
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."

MEDIA_TYPES = {
    known.name: known
    for known in (
        MediaType("image/png", (".png",), inline=True),
        MediaType("image/jpeg", (".jpg", ".jpeg"), inline=True),
        MediaType("image/gif", (".gif",), inline=True),
        MediaType("image/webp", (".webp",), inline=True),
        MediaType("video/mp4", (".mp4", ".m4v"), inline=True),
        MediaType("video/webm", (".webm",), inline=True),
        MediaType("video/quicktime", (".mov",), inline=True),
        MediaType("audio/mpeg", (".mp3",), inline=True),
        MediaType("audio/ogg", (".ogg", ".oga", ".opus"), inline=True),
        MediaType("audio/wav", (".wav",), inline=True),
        MediaType("audio/mp4", (".m4a",), inline=True),
        MediaType("application/pdf", (".pdf",)),
        MediaType("application/zip", (".zip",)),
        MediaType(_OFFICE + "wordprocessingml.document", (".docx",)),
        MediaType(_OFFICE + "spreadsheetml.sheet", (".xlsx",)),
        MediaType(_OFFICE + "presentationml.presentation", (".pptx",)),
        MediaType(_OPEN_DOCUMENT + "text", (".odt",)),
        MediaType(_OPEN_DOCUMENT + "spreadsheet", (".ods",)),
        MediaType(_OPEN_DOCUMENT + "presentation", (".odp",)),
        _PLAIN,
        _CSV,
        _JSON,
        OCTETS,
    )
}
_OTHER_NAMES = {"audio/x-wav": "audio/wav", "video/x-m4v": "video/mp4"}
_TEXTS = {"": _PLAIN} | {suffix: kind for kind in (_PLAIN, _CSV, _JSON) for suffix in kind.suffixes}
_NOT_IN_TEXT = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))


def media_type_of(file: IO[bytes], name: str) -> MediaType:
    """One of MEDIA_TYPES; ``name`` is clean. Leaves ``file`` at its beginning. Raises ParleyError ``file_refused``."""
    head = file.read(_HEAD)
    file.seek(0)
    if not head:
        raise ParleyError(FILE_REFUSED, "The file is empty.")
    known = _by_signature(head)
    if known is not None:
        return known
    if _is_text(file):
        return _TEXTS.get(PurePosixPath(name).suffix.lower(), OCTETS)
    raise ParleyError(FILE_REFUSED, "Files of this kind are not taken.")


def _by_signature(head: bytes) -> MediaType | None:
    guessed = filetype.guess(bytearray(head))
    if guessed is None:
        return None
    return MEDIA_TYPES.get(_OTHER_NAMES.get(guessed.mime, guessed.mime))


def _is_text(file: IO[bytes]) -> bool:
    """Whether all of it is text in some encoding that holds ASCII."""
    while chunk := file.read(_CHUNK):
        if len(chunk.translate(None, _NOT_IN_TEXT)) != len(chunk):
            file.seek(0)
            return False
    file.seek(0)
    return True
