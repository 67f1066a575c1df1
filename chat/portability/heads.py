"""Each room in one line: how much is in it, how far it is, and a hash by which two are the same or not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from tenants.portability.contents import RoomHead
from tenants.portability.pausing import Pauses

_TOGETHER = 1_000


def room_heads(connection: Any) -> Iterator[RoomHead]:
    """Of the schema that ``connection`` is in, of one moment if its transaction is; rooms without messages too. What
    the hash covers is what people read: place, author, words, data, and what became of them."""
    pauses = Pauses()
    with connection.cursor(name="room_heads") as cursor:
        cursor.itersize = _TOGETHER
        cursor.execute(_ROWS)
        for room, rows in groupby(cursor, lambda row: row[0]):
            messages, head, chained = 0, 0, b""
            for _, last_seq, digest in rows:
                head = last_seq
                pauses.rest_if_due()
                if digest is not None:
                    messages += 1
                    chained = hashlib.sha256(chained + digest).digest()
            yield RoomHead(room, messages, head, chained.hex())


_ROWS = """
    SELECT room.id, room.last_seq, CASE WHEN message.id IS NOT NULL THEN sha256(convert_to(ROW(
        message.id, message.seq, message.changed_seq, message.kind, message.user_id, message.client_id, message.text,
        message.data, message.parent_id, message.quoted_id, message.reactions, message.attachments,
        message.created_at, message.edited_at, message.deleted_at)::text, 'UTF8')) END
    FROM chat_room room LEFT JOIN chat_message message ON message.room_id = room.id
    ORDER BY room.id COLLATE "C", message.seq
"""
