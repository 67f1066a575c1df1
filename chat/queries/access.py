"""What every statement that judges an actor has in common."""

from __future__ import annotations

BANNED = """
    EXISTS (SELECT FROM chat_ban ban WHERE ban.room_id = room.id AND ban.user_id = %(user)s::text
        AND (ban.until IS NULL OR ban.until > now()))
"""
"""Whether the parameter ``user`` is banned from the row ``room`` by now."""
