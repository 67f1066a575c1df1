"""An upload, as somebody finds it who may see it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from chat.files.links import Link
from chat.policies import SERVER, Access, Actor, check_may_read
from chat.queries.access import BANNED, BLOCKED, SHOWN
from chat.queries.guests import IN_FORCE
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
    found, circumstances = await _fetch(upload_id, actor.user_id)
    _check_may_see(actor, circumstances)
    return found


async def linked_upload(link: Link) -> UploadView:
    """The same for whom the link names, by what holds now.

    Raises ParleyError ``link_expired`` too, once that person is gone, deactivated, blocked, or had all tokens revoked
    since.
    """
    found, circumstances = await _fetch(link.upload_id, link.user_id)
    if link.user_id is None:
        actor = SERVER
    else:
        _check_holder(link, circumstances)
        actor = Actor(link.user_id)
    _check_may_see(actor, circumstances)
    return found


class _Circumstances(NamedTuple):
    """Whose it is; the room that it is attached in, if it is, and how the viewer stands there; the viewer as a user."""

    uploader: str | None
    room_id: str | None
    kind: str
    role: str | None
    banned: bool
    active: bool
    revoked_before: datetime | None


async def _fetch(upload_id: str, user_id: str | None) -> tuple[UploadView, _Circumstances]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(_UPLOAD, {"id": upload_id, "user": user_id})
        row = await cursor.fetchone()
    if row is None:
        raise ParleyError(UPLOAD_NOT_FOUND)
    shown = len(fields(UploadView))
    return UploadView(*row[:shown]), _Circumstances(*row[shown:])


def _check_may_see(actor: Actor, found: _Circumstances) -> None:
    if found.room_id is not None:
        check_may_read(actor, found.room_id, Access(found.kind, found.role, banned=found.banned))
    elif not actor.is_server and found.uploader != actor.user_id:
        raise ParleyError(UPLOAD_NOT_FOUND)


def _check_holder(link: Link, found: _Circumstances) -> None:
    revoked = found.revoked_before is not None and found.revoked_before.timestamp() > link.made_at
    if revoked or not found.active:
        raise ParleyError(LINK_EXPIRED)


_UPLOAD = f"""
    SELECT upload.id, upload.name, upload.content_type, upload.size, upload.width, upload.height,
        NULLIF(upload.blurhash, ''), upload.created_at, upload.path, upload.thumbnail,
        upload.user_id, room.id, room.kind, member.role, {BANNED},
        person.deactivated_at IS NULL AND person.id IS NOT NULL AND (link.id IS NULL OR {IN_FORCE}) AND NOT {BLOCKED},
        person.revoked_before
    FROM chat_upload upload
    LEFT JOIN chat_message message ON message.id = upload.message_id AND {SHOWN}
    LEFT JOIN chat_room room ON room.id = message.room_id
    LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s::text
    LEFT JOIN chat_user person ON person.id = %(user)s::text
    LEFT JOIN chat_guestlink link ON link.id = person.guest_link_id
    WHERE upload.id = %(id)s::text AND upload.discarded_at IS NULL
"""  # noqa: S608 - constants
