"""All assets as they are at one moment, under a version that names them all: a module's relative imports lead to its
own time."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings

from chat.assets.joining import joined
from chat.assets.minifying import minified, styles_of

PREFIX = "/assets/"
_CHAT = Path(__file__).parents[1]
_FOLDERS = {"sdk": _CHAT / "sdk", "widget": _CHAT / "widget", "hosted": _CHAT / "hosted" / "static" / "hosted"}
_ENTRIES = {"sdk/client.js": (), "widget/embed.js": ("widget/hosted.js", "widget/framed.js")}
"""What pages import, and what else of the same folder."""
_SHEETS = {"widget/styles/controls.css": "widget/styles/controls.js"}
"""Styles of components that pages without these have, too."""
_NONE: Mapping[str, Any] = {}
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """``digest`` is of ``body``."""

    content_type: str
    body: bytes
    gzipped: bytes
    digest: str


class Bundle:
    """``assets`` by path, such as ``widget/embed.js``; what has another type than a browser is to load is left out, and
    so are, in the folders of ``entries``, the modules that were joined to these. ``sheets``: the modules of which the
    styles are assets of their own, by the paths of these."""

    def __init__(
        self,
        folders: Mapping[str, Path],
        entries: Mapping[str, Sequence[str]] = _NONE,
        sheets: Mapping[str, str] = _NONE,
    ) -> None:
        texts = {name: file.read_text() for name, file in _files(folders)}
        scripts: dict[str, str] = {}
        for entry, beside in entries.items():
            scripts |= joined(entry, texts, beside)
        whole = {entry.partition("/")[0] for entry in entries}
        others = {name: text for name, text in texts.items() if name.partition("/")[0] not in whole}
        styles = {name: styles_of(texts[module]) for name, module in sheets.items()}
        self.assets = {name: _asset(name, text) for name, text in {**others, **scripts, **styles}.items()}
        contents = "".join(f"{name} {asset.digest}\n" for name, asset in sorted(self.assets.items()))
        self.version = _digest(contents.encode())

    def url(self, name: str) -> str:
        """Raises KeyError for what is not there."""
        if name not in self.assets:
            raise KeyError(name)
        return f"{PREFIX}{self.version}/{name}"


def bundle() -> Bundle:
    """Read at first use; with DEBUG anew when a file has changed."""
    return _bundle(tuple(_stamps()) if settings.DEBUG else ())


def asset(name: str) -> str:
    """The URL of ``widget/embed.js``. Raises KeyError for what is not there."""
    return bundle().url(name)


@lru_cache(maxsize=1)
def _bundle(_stamps: tuple[object, ...]) -> Bundle:
    return Bundle(_FOLDERS, _ENTRIES, _SHEETS)


def _stamps() -> Iterator[tuple[str, int]]:
    return ((name, file.stat().st_mtime_ns) for name, file in _files(_FOLDERS))


def _files(folders: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    for folder, root in folders.items():
        for file in sorted(root.rglob("*")):
            if file.suffix in _TYPES:
                yield f"{folder}/{file.relative_to(root).as_posix()}", file


def _asset(name: str, text: str) -> Asset:
    content_type = _TYPES[PurePosixPath(name).suffix]
    body = minified(content_type, text).encode()
    return Asset(content_type, body, gzip.compress(body, 9, mtime=0), _digest(body))


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=10).hexdigest()
