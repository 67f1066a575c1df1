"""Names of files: what somebody called it, without what could mislead a reader, a shell or a file system."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from chat.files.media_types import MediaType

_MOST = 120  # characters
_MOST_SUFFIX = 16
_PATHS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # in names on Windows; markup as well
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's general categories of what is not seen: controls, overrides of direction, surrogates, ends of lines."""


def clean_name(name: str) -> str:
    """A name for showing and saving: never a path, never empty, at most 120 characters."""
    words = " ".join(_PATHS.split(name)[-1].split())
    seen = "".join(char for char in words if unicodedata.category(char) not in _HIDDEN)
    plain = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", seen)).strip(". ")
    return _bounded(plain or "file")


def with_suffix(name: str, media_type: MediaType) -> str:
    """The name with an ending that fits ``media_type``, behind the one that it has."""
    fits = not media_type.suffixes or PurePosixPath(name).suffix.lower() in ("", *media_type.suffixes)
    return name if fits else _bounded(name + media_type.suffixes[0])


def _bounded(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    if len(suffix) > _MOST_SUFFIX:
        suffix = ""
    return name.removesuffix(suffix)[: _MOST - len(suffix)] + suffix
