"""Where the files of copies lie: among people's files, each copy's in a folder of its own, in one piece or more."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from tenants.models import TenantCopy
from tenants.portability.contents import contents

PIECE_BYTES = 16 << 20
"""What a browser hands in at once, below the most that the server takes."""
MOST_GIGABYTES = 20
"""Of a file that is handed in. Larger ones go by the command line."""
_CHUNK = 1 << 18


def keep_piece(copy_id: str, number: int, content: IO[bytes]) -> None:
    contents().keep_file(_folder(copy_id), _name(number), content)


def keep_whole(copy_id: str, path: Path) -> tuple[int, str]:
    """As its only piece. Returns its size and SHA-256 (hex)."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        keep_piece(copy_id, 0, file)
    return path.stat().st_size, sha256


def read(copy: TenantCopy) -> Iterator[bytes]:
    """Its file, some at a time. Raises FileNotFoundError."""
    for number in range(copy.pieces):
        with closing(contents().open_file(_folder(copy.pk), _name(number))) as piece:
            while chunk := piece.read(_CHUNK):
                yield chunk


def bring(copy: TenantCopy, path: Path) -> None:
    """Put its file there. Raises FileNotFoundError."""
    with path.open("wb") as file:
        for chunk in read(copy):
            file.write(chunk)


def discard(copy_id: str) -> None:
    """What is not there needs no removal."""
    contents().discard_files(_folder(copy_id))


def _folder(copy_id: str) -> str:
    return f"copies/{copy_id}"


def _name(number: int) -> str:
    return f"{number:05}"
