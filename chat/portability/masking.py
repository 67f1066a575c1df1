"""The conversation as somebody who tests may have it: the same rooms, rows and lengths, and nobody's name or words.

Each table is named, so that one that comes new is thought of (``tests/chat/portability/test_masking.py``). What stays
as it was: ids of rooms, emoji, times, roles, sizes and types of files.
"""

from __future__ import annotations

from tenants.portability.contents import Masks
from tenants.portability.masking import name, person, words

_STAYS_BEHIND = (
    *("chat_webhookendpoint", "chat_outboxevent", "chat_webhooklane", "chat_webhookdelivery", "chat_incomingwebhook"),
    *("chat_userimport", "chat_importfault", "chat_erasure"),
    *("chat_searchblock", "chat_indexedroom", "chat_storedanswer"),
)
"""Who would be told, or could tell; lists of people; what is made anew."""


def masks(salt: str) -> Masks:
    def people(*columns: str) -> dict[str, str]:
        return {column: person(column, salt) for column in columns}

    return {
        "chat_user": {
            **people("id"),
            "name": name("name", salt),
            "avatar": "''",
            "data": "NULL::jsonb",
            "account_id": "NULL::text",
        },
        "chat_room": {
            "name": words("name"),
            "topic": words("topic"),
            "picture": "''",
            "data": "NULL::jsonb",
            "direct_key": _keyed("direct_key", salt),
            **people("created_by_id"),
        },
        "chat_member": people("user_id"),
        "chat_ban": {**people("user_id", "banned_by"), "reason": words("reason")},
        "chat_mute": people("user_id"),
        "chat_block": people("user_id"),
        "chat_decision": {
            **people("user_id", "decided_by"),
            "reason": words("reason"),
            "decider": name("decider", salt),
        },
        "chat_message": {
            **people("user_id", "pinned_by"),
            "client_id": _keyed("client_id", salt),
            "text": words("text"),
            "html": "NULL::text",
            "data": _EVENT_DATA,
            "mentions": _people_in("mentions", salt),
            "last_repliers": _people_in("last_repliers", salt),
            "reactions": _reactions(salt),
            "attachments": _attachments(),
        },
        "chat_messageedit": {**people("edited_by"), "text": words("text"), "data": "NULL::jsonb"},
        "chat_reaction": people("user_id"),
        "chat_guestlink": {**people("created_by"), "name": words("name")},
        "chat_report": {**people("reporter_id", "resolved_by"), "note": words("note")},
        "chat_upload": {**people("user_id"), "name": words("name"), "blurhash": "''"},
        "chat_storageuse": {},
        **dict.fromkeys(_STAYS_BEHIND),
    }


def _keyed(column: str, salt: str) -> str:
    """What was unique stays so."""
    return f"md5('{salt}' || {column})"


def _people_in(column: str, salt: str) -> str:
    given = f"unnest({column}) WITH ORDINALITY AS given (one, place)"
    people = f"ARRAY(SELECT {person('one', salt)} FROM {given} ORDER BY place)"  # noqa: S608 - the salt is ours
    return _unless_empty(column, "'{}'", people)


_EVENT_DATA = """
    CASE WHEN kind LIKE 'member.%' THEN jsonb_strip_nulls(jsonb_build_object('role', data -> 'role'))
        WHEN kind = 'room.updated' THEN '{}'::jsonb END
"""


def _reactions(salt: str) -> str:
    who = person("one", salt)
    masked = f"""(
        SELECT jsonb_agg(reaction || jsonb_build_object('users', ARRAY(
            SELECT {who} FROM jsonb_array_elements_text(reaction -> 'users') WITH ORDINALITY AS given (one, place)
            ORDER BY place
        )) ORDER BY position)
        FROM jsonb_array_elements(reactions) WITH ORDINALITY AS shown (reaction, position)
    )"""  # noqa: S608 - the salt is ours
    return _unless_empty("reactions", "'[]'", masked)


def _attachments() -> str:
    masked = f"""(
        SELECT jsonb_agg(attachment || jsonb_build_object(
            'blurhash', NULL, 'name', {words("(attachment ->> 'name')")}
        ) ORDER BY place)
        FROM jsonb_array_elements(attachments) WITH ORDINALITY AS shown (attachment, place)
    )"""  # noqa: S608 - constants
    return _unless_empty("attachments", "'[]'", masked)


def _unless_empty(column: str, empty: str, masked: str) -> str:
    """Most rows have none; to unfold those as well takes several times as long."""
    return f"CASE WHEN {column} = {empty} THEN {column} ELSE {masked} END"
