"""Taking a file in: judged by its content, drawn anew if it is an image, counted, stored."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile, File

from chat.files.images import Picture, redrawn
from chat.files.media_types import MediaType, media_type_of
from chat.files.names import clean_name, with_suffix
from chat.files.storage import discard, keep, path_of
from chat.policies import Actor
from chat.queries.uploads import UploadView
from kit.errors import PLAN_LIMIT_REACHED, TOO_BIG, ParleyError
from kit.ids import opaque
from tenants.connections import tenant_connection
from tenants.maintenance import check_open
from tenants.records import TenantRecord
from tenants.scope import schema_in_scope


@dataclass(frozen=True, slots=True)
class _Intake:
    """What is kept of a file."""

    id: str
    name: str
    media_type: MediaType
    content: File[bytes]
    picture: Picture | None

    @property
    def path(self) -> str:
        return path_of(self.id)

    @property
    def thumbnail(self) -> str:
        return path_of(self.id, "thumbnail") if self.picture else ""


async def upload(tenant: TenantRecord, actor: Actor, file: File[bytes], name: str) -> UploadView:
    """Keep ``file``, which its uploader alone sees until it is attached to a message.

    Raises ParleyError ``too_big``, ``file_refused``, ``plan_limit_reached``, ``maintenance``.
    """
    check_open(tenant)
    check_size(tenant, file.size)
    intake = await _judged(file, name)
    created_at = await _record(tenant, actor, intake)
    try:
        await asyncio.to_thread(_store, schema_in_scope(), intake)
    except Exception:
        await forget(intake.id)
        raise
    return _view(intake, created_at)


def check_size(tenant: TenantRecord, size: int) -> None:
    """Raises ParleyError ``too_big``."""
    most = tenant.limits.upload_bytes
    if size > most:
        raise ParleyError(TOO_BIG, f"A file has {most:,} bytes at most.")


async def _judged(file: File[bytes], name: str) -> _Intake:
    name = clean_name(name)
    media_type = await asyncio.to_thread(media_type_of, file, name)
    picture = await redrawn(file, media_type, schema_in_scope()) if media_type.is_image else None
    content = File(picture.content) if picture else file
    return _Intake(opaque("up"), with_suffix(name, media_type), media_type, content, picture)


async def _record(tenant: TenantRecord, actor: Actor, intake: _Intake) -> datetime:
    """Before the file is stored: a row without a file is found and removed, a file without a row never."""
    picture = intake.picture
    parameters = {
        "id": intake.id,
        "user": actor.user_id,
        "name": intake.name,
        "type": intake.media_type.name,
        "size": intake.content.size,
        "path": intake.path,
        "thumbnail": intake.thumbnail,
        "width": picture.width if picture else None,
        "height": picture.height if picture else None,
        "blurhash": picture.blurhash if picture else "",
        "most": tenant.limits.storage_bytes,
    }
    async with tenant_connection() as connection:
        cursor = await connection.execute(_RECORD, parameters)
        row = await cursor.fetchone()
    if row is None:
        raise ParleyError(PLAN_LIMIT_REACHED, f"Files may take {tenant.limits.storage_bytes:,} bytes in all.")
    created_at: datetime = row[0]
    return created_at


_RECORD = """
    WITH counted AS (
        INSERT INTO chat_storageuse AS use (id, used_bytes)
        SELECT 1, %(size)s::bigint WHERE %(size)s::bigint <= %(most)s::bigint
        ON CONFLICT (id) DO UPDATE SET used_bytes = use.used_bytes + excluded.used_bytes
        WHERE use.used_bytes + excluded.used_bytes <= %(most)s::bigint
        RETURNING used_bytes
    )
    INSERT INTO chat_upload (id, user_id, name, content_type, size, path, thumbnail, width, height, blurhash)
    SELECT %(id)s, %(user)s, %(name)s, %(type)s, %(size)s, %(path)s, %(thumbnail)s, %(width)s::int, %(height)s::int,
        %(blurhash)s
    FROM counted RETURNING created_at
"""


def _store(schema: str, intake: _Intake) -> None:
    try:
        if intake.picture is not None:
            keep(schema, intake.thumbnail, ContentFile(intake.picture.thumbnail))
        keep(schema, intake.path, intake.content)
    except Exception:
        discard(schema, [intake.path, *([intake.thumbnail] if intake.picture else [])])
        raise
    finally:
        intake.content.close()


async def forget(*upload_ids: str) -> None:
    """Remove uploads' rows and count their bytes back. Their files are gone, or never were."""
    async with tenant_connection() as connection:
        await connection.execute(_FORGET, {"ids": list(upload_ids)})


_FORGET = """
    WITH removed AS (
        DELETE FROM chat_upload WHERE id = ANY(%(ids)s::text[]) RETURNING size
    )
    UPDATE chat_storageuse SET used_bytes = used_bytes - (SELECT COALESCE(sum(size), 0) FROM removed)
"""


def _view(intake: _Intake, created_at: datetime) -> UploadView:
    picture = intake.picture
    return UploadView(
        id=intake.id,
        name=intake.name,
        type=intake.media_type.name,
        size=intake.content.size,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        blurhash=picture.blurhash if picture else None,
        created_at=created_at,
        path=intake.path,
        thumbnail=intake.thumbnail,
    )
