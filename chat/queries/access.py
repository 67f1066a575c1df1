"""What every statement that judges an actor has in common."""

from __future__ import annotations

BANNED = """
    EXISTS (SELECT FROM chat_ban ban WHERE ban.room_id = room.id AND ban.user_id = %(user)s::text
        AND (ban.until IS NULL OR ban.until > now()))
"""
"""Whether the parameter ``user`` is banned from the row ``room`` by now."""

SHOWN = "(message.kind <> 'withheld' OR message.user_id = %(user)s::text)"
"""Whether the parameter ``user`` is shown the row ``message`` where its room may be read."""

BLOCKED = """
    EXISTS (SELECT FROM chat_block block WHERE block.user_id = person.id AND NOT block.shadow
        AND (block.until IS NULL OR block.until > now()))
"""
"""Whether the row ``person`` may not come in by now."""
