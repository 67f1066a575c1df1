"""What ``tenants.portability`` asks of the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from django.core.files.base import File

from chat.commands import importing_people
from chat.files.storage import discard, discard_all, keep, open_kept
from chat.portability.heads import room_heads
from chat.portability.masking import masks
from chat.portability.settling import settle
from tenants.portability.contents import Arrival, Masks, RoomHead


class Conversation:
    remade = frozenset({"chat_searchblock", "chat_indexedroom", "chat_storedanswer"})
    """Search is made by the worker. What was answered to an Idempotency-Key may hold a token."""
    moved = frozenset({"chat_storedanswer"})
    """A request that is made again at the new place finds its answer there."""

    def masks(self, salt: str) -> Masks:
        return masks(salt)

    def room_heads(self, connection: Any) -> Iterator[RoomHead]:
        return room_heads(connection)

    def paths(self, connection: Any, *, masked: bool) -> Iterator[str]:
        """Of uploads that are still somebody's, and of lists of people that are on their way in."""
        with connection.cursor(name="paths") as cursor:
            cursor.execute("SELECT path, thumbnail FROM chat_upload WHERE discarded_at IS NULL")
            for path, thumbnail in cursor:
                yield path
                if thumbnail:
                    yield thumbnail
        if not masked:
            waiting = connection.execute("SELECT id FROM chat_userimport WHERE ended_at IS NULL").fetchall()
            yield from (importing_people.path_of(import_id) for (import_id,) in waiting)

    def settle(self, connection: Any, arrival: Arrival) -> None:
        settle(connection, arrival)

    def open_file(self, schema: str, path: str) -> IO[bytes]:
        return open_kept(schema, path)

    def keep_file(self, schema: str, path: str, content: IO[bytes]) -> None:
        discard(schema, [path])
        keep(schema, path, File(content))

    def discard_file(self, schema: str, path: str) -> None:
        discard(schema, [path])

    def discard_files(self, schema: str) -> None:
        discard_all(schema)

    def tells_somebody(self, connection: Any) -> bool:
        """A webhook's lane is its worker's until the endpoint's answer is noted."""
        [told] = connection.execute(
            "SELECT EXISTS (SELECT FROM chat_webhooklane WHERE leased_until > now())"
        ).fetchone()
        return bool(told)
