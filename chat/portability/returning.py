"""What has to become of a tenant's tables that are as they were at an earlier moment, before they are served again."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from chat.models.rooms import Room
from chat.queries.people import digest_of
from tenants.scope import Scoped, tenant_scope


def settle_return(cursor: Any, returning: str, current: str) -> None:
    """Of the schema ``returning``, which takes the place of ``current``; the cursor is under the role of both.

    Seqs go on behind the last that anybody has heard, and each room's epoch is another one, so that clients read
    it anew. Nobody who was revoked or deactivated since comes in again. What waits to be told was told long ago.
    """
    names = {"returning": sql.Identifier(returning), "current": sql.Identifier(current)}
    for statement in _STATEMENTS:
        cursor.execute(sql.SQL(statement).format(**names), {"epoch": Room().epoch})


_STATEMENTS = (
    "UPDATE {returning}.chat_room SET epoch = %(epoch)s",
    """
    UPDATE {returning}.chat_room room SET last_seq = greatest(room.last_seq, known.last_seq)
    FROM {current}.chat_room known WHERE known.id = room.id
    """,
    """
    UPDATE {returning}.chat_user person
    SET revoked_before = greatest(person.revoked_before, known.revoked_before),
        deactivated_at = COALESCE(person.deactivated_at, known.deactivated_at)
    FROM {current}.chat_user known
    WHERE known.id = person.id AND (known.revoked_before, known.deactivated_at)
        IS DISTINCT FROM (person.revoked_before, person.deactivated_at)
    """,
    "DELETE FROM {returning}.chat_outboxevent",
    "DELETE FROM {returning}.chat_webhooklane",
    "UPDATE {returning}.chat_webhookdelivery SET due_at = NULL WHERE due_at IS NOT NULL",
)


def erased_since(cursor: Any, tenant: Scoped, returning: str, current: str) -> list[tuple[str, bool]]:
    """Who is in ``returning`` again although erased by now, and whether with the person's messages."""
    names = {"returning": sql.Identifier(returning), "current": sql.Identifier(current)}
    cursor.execute(
        sql.SQL("SELECT digest, removes_messages FROM {current}.chat_erasure").format(**names),
    )
    erased = dict(cursor.fetchall())
    if not erased:
        return []
    cursor.execute(sql.SQL("SELECT id FROM {returning}.chat_user WHERE NOT is_bot").format(**names))
    with tenant_scope(tenant):
        digests = {user_id: digest_of(user_id) for (user_id,) in cursor.fetchall()}
    return [(user_id, erased[digest]) for user_id, digest in digests.items() if digest in erased]
