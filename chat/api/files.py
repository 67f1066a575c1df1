"""``/files/{token}``: an upload's bytes, for whoever the signed link names. No cookie, no other credential. With
``?download`` it is for saving whatever it is: pages of other hosts have no other way to say so.

What people hand in is shown by a browser only where nothing in it can run: images drawn anew, sound and film. All of it
carries a policy that would let nothing run either.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from http import HTTPStatus

import structlog
from django.core.files.base import File
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from chat.files.links import LIFE, read
from chat.files.media_types import MEDIA_TYPES, OCTETS
from chat.files.storage import open_kept
from chat.queries.uploads import UploadView, linked_upload
from kit.errors import UNAVAILABLE, UPLOAD_NOT_FOUND, ParleyError
from tenants.problems import problem
from tenants.records import TenantRecord

log = structlog.get_logger(__name__)

_CHUNK = 1 << 18
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))")
_THUMBNAIL_TYPE = MEDIA_TYPES["image/webp"]
_HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": f"private, max-age={LIFE}",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",  # customers' own pages show files, too; the link is the secret
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@require_safe
async def serve_file(request: HttpRequest, token: str) -> HttpResponseBase:
    tenant: TenantRecord = request.tenant  # type: ignore[attr-defined]
    try:
        return await _served(request, tenant, token)
    except ParleyError as refusal:
        return problem(refusal.code, refusal)
    except Exception:  # of the database or of the storage, each of which has its own
        log.exception("files.unavailable")
        return problem(UNAVAILABLE, ParleyError(UNAVAILABLE, retry_after=2.0))


async def _served(request: HttpRequest, tenant: TenantRecord, token: str) -> HttpResponseBase:
    link = read(token, tenant.schema_name)
    found = await linked_upload(link)
    thumbnail = link.variant == "thumbnail"
    file = await _opened(tenant, found.thumbnail if thumbnail else found.path)
    response = _ranged(request.headers.get("Range", ""), file)
    media_type = _THUMBNAIL_TYPE if thumbnail else MEDIA_TYPES.get(found.type, OCTETS)
    inline = media_type.inline and "download" not in request.GET
    disposition = _disposition(found, inline=inline)
    for name, value in {**_HEADERS, "Content-Type": media_type.name, "Content-Disposition": disposition}.items():
        response[name] = value
    return response


async def _opened(tenant: TenantRecord, path: str) -> File[bytes]:
    """Raises ParleyError ``upload_not_found``, also for a thumbnail that there never was."""
    if not path:
        raise ParleyError(UPLOAD_NOT_FOUND)
    try:
        return await asyncio.to_thread(open_kept, tenant.schema_name, path)
    except FileNotFoundError:
        raise ParleyError(UPLOAD_NOT_FOUND) from None


def _disposition(found: UploadView, *, inline: bool) -> str:
    """RFC 6266, the name as RFC 8187 has it."""
    return content_disposition_header(as_attachment=not inline, filename=found.name) or "attachment"


def _ranged(wanted: str, file: File[bytes]) -> HttpResponseBase:
    """All of it, or the one range asked for (RFC 9110 section 14). Several at once are answered with all of it."""
    asked = _RANGE.fullmatch(wanted)
    if asked is None:
        return _stream(file, 0, file.size, HTTPStatus.OK)
    first, last, suffix = (int(number) if number else None for number in asked.groups())
    start = max(file.size - suffix, 0) if suffix is not None else first or 0
    end = file.size if last is None else min(last + 1, file.size)
    if start >= end:
        file.close()
        return HttpResponse(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{file.size}"}
        )
    response = _stream(file, start, end, HTTPStatus.PARTIAL_CONTENT)
    response["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    return response


def _stream(file: File[bytes], start: int, end: int, status: HTTPStatus) -> StreamingHttpResponse:
    headers = {"Content-Length": str(end - start)}
    return StreamingHttpResponse(_chunks(file, start, end), status=status, headers=headers)


async def _chunks(file: File[bytes], start: int, end: int) -> AsyncIterator[bytes]:
    left = end - start
    with file:
        await asyncio.to_thread(file.seek, start)
        while left and (chunk := await asyncio.to_thread(file.read, min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
