"""An upload, as somebody finds it who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.files.links import Link
from chat.policies import SERVER, Access, Actor, check_may_read
from chat.queries.access import BANNED
from kit.errors import LINK_EXPIRED, UPLOAD_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection


@dataclass(frozen=True, slots=True)
class UploadView:
    """``path`` and ``thumbnail`` are places in the storage, the latter empty where there is none."""

    id: str
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    blurhash: str | None
    created_at: datetime
    path: str
    thumbnail: str


async def upload_for(actor: Actor, upload_id: str) -> UploadView:
    """What is attached goes to those who may read the message's room, what is not to whoever handed it in.

    Raises ParleyError ``upload_not_found``, ``not_allowed``, ``banned``.
    """
    row = await _fetch(upload_id, actor.user_id)
    _check_may_see(actor, row)
    return UploadView(*row[:_VIEW])


async def linked_upload(link: Link) -> UploadView:
    """The same for whom the link names, by what holds now.

    Raises ParleyError ``link_expired`` too, once that person is gone, deactivated, or had all tokens revoked since.
    """
    row = await _fetch(link.upload_id, link.user_id)
    if link.user_id is None:
        actor = SERVER
    else:
        _check_holder(link, *row[_VIEW + _PLACE :])
        actor = Actor(link.user_id)
    _check_may_see(actor, row)
    return UploadView(*row[:_VIEW])


async def _fetch(upload_id: str, user_id: str | None) -> tuple[Any, ...]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(_UPLOAD, {"id": upload_id, "user": user_id})
        row: tuple[Any, ...] | None = await cursor.fetchone()
    if row is None:
        raise ParleyError(UPLOAD_NOT_FOUND)
    return row


def _check_may_see(actor: Actor, row: tuple[Any, ...]) -> None:
    uploader, room_id, kind, role, banned = row[_VIEW : _VIEW + _PLACE]
    if room_id is not None:
        check_may_read(actor, room_id, Access(kind, role, banned=banned))
    elif not actor.is_server and uploader != actor.user_id:
        raise ParleyError(UPLOAD_NOT_FOUND)


def _check_holder(link: Link, is_active: bool | None, revoked_before: datetime | None) -> None:
    if not is_active or (revoked_before is not None and revoked_before.timestamp() > link.made_at):
        raise ParleyError(LINK_EXPIRED)


_VIEW, _PLACE = 10, 5
_UPLOAD = f"""
    SELECT upload.id, upload.name, upload.content_type, upload.size, upload.width, upload.height,
        NULLIF(upload.blurhash, ''), upload.created_at, upload.path, upload.thumbnail,
        upload.user_id, room.id, room.kind, member.role, {BANNED},
        viewer.deactivated_at IS NULL AND viewer.id IS NOT NULL, viewer.revoked_before
    FROM chat_upload upload
    LEFT JOIN chat_message message ON message.id = upload.message_id
    LEFT JOIN chat_room room ON room.id = message.room_id
    LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s::text
    LEFT JOIN chat_user viewer ON viewer.id = %(user)s::text
    WHERE upload.id = %(id)s::text AND upload.discarded_at IS NULL
"""  # noqa: S608 - BANNED is a constant
