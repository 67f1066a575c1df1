"""Files of people: comma-separated values (RFC 4180) in UTF-8, a line of names first. Semicolons and tabs do as well.

A file is read from any byte on at which a row begins, so that work on a long one can stop and be taken up again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, NamedTuple

from kit.errors import INVALID, ParleyError
from kit.text import custom_data, storable

MOST_BYTES = 25_000_000
MOST_ROWS = 500_000
MOST_COLUMNS = 50
_MOST_ROOMS = 50
_MOST_HEADER_BYTES = 16_384

USER_ID = re.compile(r"[^\s/\x00-\x1f\x7f]{1,128}")
_ROOM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
WEB_ADDRESS = re.compile(r'https?://[^\s/?#\x00-\x1f\x7f"<>\\][^\s\x00-\x1f\x7f"<>\\]*')
_BETWEEN_ROOMS = re.compile(r"[\s;,|]+")
_KNOWN = ("id", "name", "avatar", "rooms")


class Person(NamedTuple):
    """What a row says. None: as it is in the table; an empty cell says nothing."""

    line: int
    id: str
    name: str | None
    avatar: str | None
    data: dict[str, str] | None
    rooms: tuple[str, ...]


class Fault(NamedTuple):
    """A row that cannot be taken, with the ``user`` whom it seems to be about, and why."""

    line: int
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file has, by its first line, which ends at byte ``end``. What is no column of ours is custom data."""

    names: tuple[str, ...]
    delimiter: str
    end: int

    @property
    def known(self) -> list[str]:
        return [name for name in self.names if name in _KNOWN]

    @property
    def custom(self) -> list[str]:
        return [name for name in self.names if name not in _KNOWN]


def read_columns(file: IO[bytes]) -> Columns:
    """Raises ParleyError ``invalid`` for a file whose first line does not say what its columns are."""
    file.seek(0)
    first = file.readline(_MOST_HEADER_BYTES)
    try:
        text = storable(first.decode("utf-8-sig"))
    except ValueError:
        raise _refused("It is not text in UTF-8. Save it as “CSV UTF-8”.") from None
    delimiter = max(",;\t", key=text.count)
    try:
        names = tuple(_name_of(cell) for cell in next(csv.reader([text], delimiter=delimiter), []))
    except csv.Error:  # a carriage return within it
        raise _refused("Its lines end neither in CR LF nor in LF.") from None
    if "id" not in names:
        raise _refused("Its first line names no column “id”.")
    if len(names) > MOST_COLUMNS:
        raise _refused(f"It has {len(names)} columns; {MOST_COLUMNS} are the most.")
    repeated = next((name or "without a name" for place, name in enumerate(names) if name in names[:place]), None)
    if repeated:
        raise _refused(f"It has two columns “{repeated}”.")
    return Columns(names, delimiter, len(first))


def _name_of(cell: str) -> str:
    """Ours in any case, the customer's as they are."""
    name = cell.strip()
    return name.lower() if name.lower() in _KNOWN else name


def _refused(why: str) -> ParleyError:
    return ParleyError(INVALID, why, errors=[{"field": "file", "code": "invalid"}])


class People:
    """The rows of a file, one by one. ``position`` is the byte and ``line`` the line behind the last of them."""

    def __init__(self, file: IO[bytes], columns: Columns, position: int = 0, line: int = 1) -> None:
        self._file = file
        self._columns = columns
        self.position = max(position, columns.end)
        self.line = max(line, 1)
        file.seek(self.position)

    def __iter__(self) -> Iterator[Person | Fault]:
        rows = csv.reader(self._lines(), delimiter=self._columns.delimiter)
        while True:
            begins = self.line + 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield Fault(begins, "", "a quoted cell does not end")
                continue
            if any(cells):
                yield self._read(begins, cells)

    def _lines(self) -> Iterator[str]:
        """What is no UTF-8 becomes lone surrogates, which no cell may have."""
        for raw in iter(self._file.readline, b""):
            self.position += len(raw)
            self.line += 1
            yield raw.decode(errors="surrogateescape")

    def _read(self, line: int, cells: list[str]) -> Person | Fault:
        names = self._columns.names
        row: dict[str, str] = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
        try:
            _check(row)
            _check_width(cells, names)
            data = custom_data({name: row[name] for name in self._columns.custom if row.get(name)})
        except ValueError as wrong:
            return Fault(line, _shown(row.get("id", "")), str(wrong))
        rooms = tuple(dict.fromkeys(filter(None, _BETWEEN_ROOMS.split(row.get("rooms", "")))))
        own = data if self._columns.custom else None
        return Person(line, row["id"], row.get("name") or None, row.get("avatar") or None, own, rooms)


def _check(row: dict[str, str]) -> None:
    """Raises ValueError, with words for whoever made the file."""
    for name, cell in row.items():
        try:
            storable(cell)
        except ValueError as wrong:
            raise ValueError(f"“{name}” {'is not UTF-8' if 'surrogate' in str(wrong) else wrong}") from None
    _check_id(row.get("id", ""))
    if len(row.get("name", "")) > 120:
        raise ValueError("the name is longer than 120 characters")
    avatar = row.get("avatar", "")
    if avatar and not (len(avatar) <= 2_000 and WEB_ADDRESS.fullmatch(avatar)):
        raise ValueError("the avatar is no web address (https://…) of at most 2,000 characters")
    rooms = [room for room in _BETWEEN_ROOMS.split(row.get("rooms", "")) if room]
    if len(rooms) > _MOST_ROOMS:
        raise ValueError(f"it names {len(rooms)} rooms; {_MOST_ROOMS} are the most")
    for room in rooms:
        if not _ROOM_ID.fullmatch(room):
            raise ValueError(f"{_shown(room)!r} cannot be a room's id")


def _check_width(cells: list[str], names: tuple[str, ...]) -> None:
    if len(cells) > len(names):
        raise ValueError(f"it has {len(cells)} cells, and there are {len(names)} columns")


def _check_id(user_id: str) -> None:
    if not user_id:
        raise ValueError("it has no id")
    if len(user_id) > 128:
        raise ValueError("the id is longer than 128 characters")
    if not USER_ID.fullmatch(user_id):
        raise ValueError("the id has a space, a slash or a control character")


def _shown(cell: str) -> str:
    return cell.encode(errors="replace").replace(b"\x00", b"").decode(errors="replace")[:128]
