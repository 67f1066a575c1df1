"""Uploads: handing a file in, and getting the links to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from asgiref.sync import sync_to_async
from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import File, Form, Router, UploadedFile

from chat.api.caller import ApiRequest, has_session
from chat.api.door import admitted
from chat.api.openapi import refusals
from chat.api.rooms import acting_as
from chat.api.schemas import AttachmentOut, UploadPath, UserId, UserQuery
from chat.commands.uploading import check_size, upload
from chat.files.links import Link, new_link, sign
from chat.policies import Actor
from chat.queries.uploads import UploadView, upload_for
from kit.errors import (
    BANNED,
    FILE_REFUSED,
    INVALID,
    TOO_BIG,
    UPLOAD_NOT_FOUND,
    USER_NOT_FOUND,
    ParleyError,
)
from tenants.origins import own_origin
from tenants.records import TenantRecord

router = Router(tags=["uploads"])


class UploadOut(AttachmentOut):
    created_at: datetime


class LinkedUploadOut(UploadOut):
    """``url`` and, for an image, ``thumbnail_url`` need no credential until ``expires_at``: they are secrets."""

    url: str
    thumbnail_url: str | None
    expires_at: datetime


class OneFile(TemporaryFileUploadHandler):
    """Writes a single file to disk, as long as it is not too large."""

    def __init__(self, tenant: TenantRecord) -> None:
        super().__init__()
        self._tenant = tenant
        self._begun = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self._begun:
            raise _bad_form("more than one file", "count")
        self._begun = True
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        check_size(self._tenant, start + len(raw_data))
        super().receive_data_chunk(raw_data, start)


async def with_file(request: HttpRequest) -> Actor:
    """The caller. The form is read in a thread, where it holds up nobody; a session's CSRF check looks into it, too."""
    if "Authorization" not in request.headers and await has_session(request):
        await _read_form(request)
        return await admitted(request)
    actor = await admitted(request)
    await _read_form(request)
    return actor


async def _read_form(request: HttpRequest) -> None:
    request.upload_handlers = [OneFile(request.tenant)]  # type: ignore[attr-defined]
    try:
        await sync_to_async(lambda: request.FILES, thread_sensitive=False)()
    except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent):
        raise _bad_form("no form with a file", "invalid") from None


def _bad_form(found: str, code: str) -> ParleyError:
    return ParleyError(
        INVALID, f"Send multipart/form-data with one file; this is {found}.", errors=[{"field": "file", "code": code}]
    )


@router.post(
    "/uploads",
    auth=with_file,
    response={201: UploadOut},
    openapi_extra=refusals(FILE_REFUSED, TOO_BIG, USER_NOT_FOUND, body=True),
)
async def upload_file(
    request: ApiRequest, file: Annotated[UploadedFile, File()], user: Annotated[UserId | None, Form()] = None
) -> tuple[int, UploadView]:
    """Hand in a file, to be attached to a message within a day. Its type is judged by its content; images lose
    everything but their pixels. With an API key, ``user`` names whose it is."""
    actor = await acting_as(request.auth, user)
    return 201, await upload(request.tenant, actor, file, file.name or "")


@router.get(
    "/uploads/{upload}", response=LinkedUploadOut, openapi_extra=refusals(UPLOAD_NOT_FOUND, USER_NOT_FOUND, BANNED)
)
async def get_upload(
    request: ApiRequest, response: HttpResponse, upload: UploadPath, user: UserQuery = None
) -> dict[str, object]:
    """What it is, and links to it for an hour. They hold only as long as their holder may see it, and are the caller's
    own: to show the file to somebody else, name that ``user`` with an API key."""
    actor = await acting_as(request.auth, user)
    found = await upload_for(actor, upload)
    response["Cache-Control"] = "no-store"
    return {**_described(found), **_links(request, found, actor.user_id)}


def _described(found: UploadView) -> dict[str, object]:
    return {name: getattr(found, name) for name in UploadOut.model_fields}


def _links(request: ApiRequest, found: UploadView, user_id: str | None) -> dict[str, object]:
    link = new_link(found.id, "file", user_id)
    return {
        "url": _url(request, link),
        "thumbnail_url": _url(request, replace(link, variant="thumbnail")) if found.thumbnail else None,
        "expires_at": datetime.fromtimestamp(link.expires_at, UTC),
    }


def _url(request: ApiRequest, link: Link) -> str:
    return f"{own_origin(request.get_host())}/files/{sign(link, request.tenant.schema_name)}"
