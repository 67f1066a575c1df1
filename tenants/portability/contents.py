"""What an app of the tenants' schemas says of its own tables and files, for them to be taken elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any, Protocol

Connection = Any
"""psycopg's, in a transaction, under the tenant's role and in its schema."""

Masks = Mapping[str, Mapping[str, str] | None]
"""By table: the SQL that stands in the place of a column. None: the table stays behind. Each table is named."""


@dataclass(frozen=True, slots=True)
class RoomHead:
    """``messages`` rows, of which the last change has the seq ``head``. ``hash`` is chained over all of them, in the
    order of their seqs."""

    room: str
    messages: int
    head: int
    hash: str

    @property
    def as_told(self) -> dict[str, object]:
        """As a file's list of rooms has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Arrival:
    """``whole``: with its secrets, to take the place of the one that it was taken from; otherwise it is a copy.
    ``accounts`` are the ids of the accounts that are the same here. ``moved``: it was followed until nobody wrote there
    any more, by those who run both servers."""

    schema_name: str
    whole: bool
    accounts: Collection[str]
    moved: bool = False


class Contents(Protocol):
    """Tables that are not named in ``remade`` are brought as they are."""

    @property
    def remade(self) -> Collection[str]:
        """Tables whose rows follow from the others', or are worth nothing elsewhere."""

    @property
    def moved(self) -> Collection[str]:
        """Of ``remade``, the tables that a move takes along all the same."""

    def masks(self, salt: str) -> Masks:
        """For a copy that knows nobody. Ids are keyed with ``salt``."""

    def room_heads(self, connection: Connection) -> Iterator[RoomHead]: ...

    def paths(self, connection: Connection, *, masked: bool) -> Iterator[str]:
        """Of the files that the tables name, below the tenant's folder; ``masked``, without those of tables that stay
        behind."""

    def settle(self, connection: Connection, arrival: Arrival) -> None:
        """Make of rows that somebody brought what may be served here. They are hostile: raises ValueError for those
        that may not."""

    def open_file(self, schema: str, path: str) -> IO[bytes]:
        """Raises FileNotFoundError."""

    def keep_file(self, schema: str, path: str, content: IO[bytes]) -> None:
        """In the place of what is there."""

    def discard_file(self, schema: str, path: str) -> None: ...

    def discard_files(self, schema: str) -> None:
        """All of a schema's."""

    def tells_somebody(self, connection: Connection) -> bool:
        """Whether a request to somebody else's server is under way, of which will be noted what became of it."""


_contents: list[Contents] = []


def set_contents(contents: Contents) -> None:
    _contents[:] = [contents]


def contents() -> Contents:
    """Raises ValueError when no app has said anything."""
    [known] = _contents
    return known
