"""Who is online, in SQL."""

from __future__ import annotations

from chat.delivery.presence import SILENCE_SECONDS

HERE = f"""
    EXISTS (
        SELECT FROM chat_presence presence JOIN chat_servingprocess process ON process.id = presence.process
        WHERE presence.user_id = person.id AND process.beat_at > now() - interval '{SILENCE_SECONDS} seconds'
    )
"""
"""Whether the row ``person`` has a socket at a process that beats."""

ONLINE = f"(NOT person.invisible AND {HERE})"
"""Whether the others see that."""
