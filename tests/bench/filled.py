"""Filled: rooms in which much was said, put into the tables."""

from __future__ import annotations

from typing import Any


def fill_room(cursor: Any, room: str, count: int, author: str) -> None:
    """``count`` messages in an empty room, the last of them now, one a second."""
    cursor.execute(_FILL, {"room": room, "count": count, "author": author})


_FILL = """
    WITH said AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text, created_at)
        SELECT uuidv7(), %(room)s, seq, seq, %(author)s,
            words.text || CASE WHEN seq %% 10 = 0 THEN ' often' ELSE '' END
                || CASE WHEN seq %% (%(count)s / 20) = 0 THEN ' seldom' ELSE '' END,
            now() - (%(count)s - seq) * interval '1 second'
        FROM generate_series(1, %(count)s) seq
        CROSS JOIN LATERAL (
            SELECT string_agg('w' || floor(power(random(), 3) * 5000), ' ') AS text FROM generate_series(1, 10)
            WHERE seq IS NOT NULL
        ) words
    )
    UPDATE chat_room SET last_seq = %(count)s WHERE id = %(room)s
"""
"""Ten words a message, of five thousand, the first of which are said far more than the last."""
