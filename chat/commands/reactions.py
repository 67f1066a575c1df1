"""What people think of a message, in an emoji each."""

from __future__ import annotations

import re

from chat.commands.changing import Changed, Statement, Stored, change, changing
from chat.commands.pace import check_pace
from chat.policies import Actor
from kit.errors import INVALID, NOT_ALLOWED, ParleyError
from tenants.records import TenantRecord

_MOST_DIFFERENT = 50
_MOST_NAMED = 20

# One emoji as Unicode's UTS 51 has them (section 1.4.9, without its tables): a keycap, a flag of two letters, a flag of
# a region, or pictures joined to one, each perhaps with a skin tone or asked for in colour.
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_DRAWN = f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?"
_EMOJI = re.compile(
    "[0-9#*]\ufe0f?\u20e3"
    "|[\U0001f1e6-\U0001f1ff]{2}"
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    f"|{_DRAWN}(?:\u200d{_DRAWN})*"
)
_SHORT_CODE = re.compile(r":[a-z0-9_+-]{1,62}:")
_MOST_CHARACTERS = 64


async def add_reaction(tenant: TenantRecord, actor: Actor, room_id: str, message_id: str, emoji: str) -> Changed:
    """Once for each user and emoji; nothing changes where it is there already.

    Raises ParleyError as ``change`` does, and ``invalid``, ``message_deleted``.
    """
    _check_is_somebody(actor)
    _check_emoji(emoji)

    def decide(message: Stored) -> Statement | None:
        message.check_not_deleted()
        there = {reaction["emoji"] for reaction in message.reactions}
        if emoji not in there and len(there) >= _MOST_DIFFERENT:
            raise _invalid("too_many", f"A message has at most {_MOST_DIFFERENT} different reactions.")
        return _ADD, {"user": actor.user_id, "emoji": emoji}

    check_pace(tenant, actor)
    return await change(actor, room_id, message_id, decide)


async def remove_reaction(tenant: TenantRecord, actor: Actor, room_id: str, message_id: str, emoji: str) -> Changed:
    """Take one's own back; nothing changes where there is none.

    Raises ParleyError as ``add_reaction`` does.
    """
    _check_is_somebody(actor)
    _check_emoji(emoji)

    def decide(message: Stored) -> Statement | None:
        message.check_not_deleted()
        return _REMOVE, {"user": actor.user_id, "emoji": emoji}

    check_pace(tenant, actor)
    return await change(actor, room_id, message_id, decide)


def _check_emoji(emoji: str) -> None:
    if len(emoji) > _MOST_CHARACTERS or not (_EMOJI.fullmatch(emoji) or _SHORT_CODE.fullmatch(emoji)):
        raise _invalid("emoji", "A reaction is one emoji, or a :short_code: of your own.")


def _invalid(code: str, detail: str) -> ParleyError:
    return ParleyError(INVALID, detail, errors=[{"field": "emoji", "code": code}])


def _check_is_somebody(actor: Actor) -> None:
    if actor.is_server:
        raise ParleyError(NOT_ALLOWED, "Name the user who reacts.")


def summed_up(reactions: str) -> str:
    """The CTE ``summed``: the reactions of a message as they are ``shown``, in the order in which each came up."""
    return f"""
        summed AS (
            SELECT jsonb_agg(jsonb_build_object('emoji', emoji, 'count', count, 'users', users) ORDER BY since) AS shown
            FROM (
                SELECT emoji, count(*) AS count, (array_agg(user_id ORDER BY id))[:{_MOST_NAMED}] AS users,
                    min(id) AS since
                FROM ({reactions}) reaction GROUP BY emoji
            ) by_emoji
        ),"""  # noqa: S608 - constants


_THESE = "SELECT id, user_id, emoji FROM chat_reaction WHERE message_id = %(message)s::uuid"
_ADDED = """added AS (
        INSERT INTO chat_reaction (message_id, user_id, emoji)
        VALUES (%(message)s::uuid, %(user)s::text, %(emoji)s::text)
        ON CONFLICT DO NOTHING RETURNING id, user_id, emoji
    ),"""
_REMOVED = """removed AS (
        DELETE FROM chat_reaction
        WHERE message_id = %(message)s::uuid AND user_id = %(user)s::text AND emoji = %(emoji)s::text RETURNING id
    ),"""
_ADD = changing(
    "reactions = (SELECT shown FROM summed)",
    before=_ADDED + summed_up(f"{_THESE} UNION ALL SELECT * FROM added"),  # noqa: S608 - constants
    condition="EXISTS (SELECT FROM added)",
)
_REMOVE = changing(
    "reactions = COALESCE((SELECT shown FROM summed), '[]')",
    before=_REMOVED + summed_up(f"{_THESE} AND id NOT IN (SELECT id FROM removed)"),  # noqa: S608 - constants
    condition="EXISTS (SELECT FROM removed)",
)
