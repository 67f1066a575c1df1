"""Attaching uploads to a message that is about to be sent.

Two steps. Before the message is queued ``find_attachments`` says what it would show, or refuses. In the transaction
that stores the message, the trigger ``attach_uploads`` (``chat/migrations/0010_uploads.py``) makes the uploads its own.
The same message again, by its ``client_id``, finds the same attachments.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.rows import dict_row

from chat.payloads import Payload
from chat.policies import Actor
from kit.errors import PLAN_LIMIT_REACHED, UPLOAD_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection
from tenants.records import TenantRecord


async def find_attachments(
    tenant: TenantRecord, actor: Actor, room_id: str, client_id: str | None, upload_ids: Sequence[str]
) -> list[Payload]:
    """For ``Message.attachments``: the uploads in the order given, each once. They are the sender's or the server's,
    and free. One statement, none for no uploads.

    Raises ParleyError ``upload_not_found``, ``plan_limit_reached``.
    """
    ids = list(dict.fromkeys(upload_ids))
    if not ids:
        return []
    most = tenant.limits.attachments_per_message
    if len(ids) > most:
        raise ParleyError(PLAN_LIMIT_REACHED, f"A message has {most} attachments at most.")
    parameters = {"ids": ids, "user": actor.user_id, "room": room_id, "client_id": client_id}
    async with tenant_connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_FIND, parameters)
        found = await cursor.fetchall()
    missing = set(ids).difference(attachment["id"] for attachment in found)
    if missing:
        raise ParleyError(
            UPLOAD_NOT_FOUND,
            f"There is no upload {missing.pop()!r} of this sender's to attach.",
            errors=[{"field": "attachments", "code": "not_found"}],
        )
    return found


_FIND = """
    SELECT upload.id, upload.name, upload.content_type AS type, upload.size, upload.width, upload.height,
        NULLIF(upload.blurhash, '') AS blurhash
    FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS given (id, place)
    JOIN chat_upload upload ON upload.id = given.id
    LEFT JOIN chat_message message ON message.id = upload.message_id
    WHERE upload.discarded_at IS NULL AND (upload.user_id IS NULL OR upload.user_id = %(user)s::text)
        AND (upload.message_id IS NULL OR (message.room_id = %(room)s::text AND message.user_id = %(user)s::text
            AND message.client_id = %(client_id)s::text))
    ORDER BY given.place
"""
