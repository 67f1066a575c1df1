"""One copy of a tenant: how far it is, what became of it, and the file of an export."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from typing import Any

from django.apps import apps
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse

from console.copies import files
from console.copies.asking import invite_owners
from console.permits import OperatorPermit
from console.site import operators
from kit.errors import NOT_FOUND, ParleyError
from tenants.audit import record
from tenants.consoles.pages import Page
from tenants.models import TenantCopy

_AROUND = {"export": (1, 2), "import": (1, 4), "clone": (2, 6)}
"""How many times a copy goes over the tables, and its other steps."""
_COLOURS = {"done": "success", "failed": "danger", "running": "info", "expired": "warning"}


@operators.page
class CopyPage(Page):
    address = "copies/<str:copy_id>"
    name = "copy"
    label = "Copy"
    template = "console/copy.html"
    permit = OperatorPermit.TENANTS_VIEW
    actions = {"download": OperatorPermit.TENANTS_EXPORT, "invite": OperatorPermit.TENANTS_CREATE}
    fresh = frozenset({"download"})

    @cached_property
    def copy(self) -> TenantCopy:
        copy_id = str(self.kwargs["copy_id"])
        found = TenantCopy.objects.filter(pk=copy_id) if "\x00" not in copy_id else TenantCopy.objects.none()
        copy: TenantCopy | None = found.select_related("tenant", "made", "source__tenant").first()
        if copy is None:
            raise Http404("There is no such copy.")
        return copy

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, "console/copy_standing.html", {**self.context(), "may": self._may()})
        return super().get(request, **where)

    def title(self) -> str:
        return title_of(self.copy)

    def context(self, **where: Any) -> dict[str, Any]:
        return {
            "copy": self.copy,
            "under_way": self.copy.state in TenantCopy.UNDER_WAY,
            "percent": _percent_of(self.copy),
            "colour": _COLOURS.get(self.copy.state, "default"),
            "step": self.copy.step.removeprefix("chat_"),
        }

    def do_download(self, **where: Any) -> HttpResponseBase:
        copy = self.copy
        if copy.kind != TenantCopy.Kind.EXPORT or copy.state != TenantCopy.State.DONE or copy.tenant is None:
            raise ParleyError(NOT_FOUND, "There is no file to download.")
        answer = StreamingHttpResponse(_begun(files.read(copy)), content_type="application/zip")
        answer["Content-Length"] = str(copy.size)
        answer["Content-Disposition"] = f'attachment; filename="{copy.file_name}"'
        for log in (None, copy.tenant):
            record(log, "tenant.export_downloaded", f"tenant:{copy.tenant.slug}", after={"copy": copy.pk})
        return answer

    def do_invite(self, **where: Any) -> None:
        made = self.copy.made
        if made is None or self.copy.kind != TenantCopy.Kind.IMPORT:
            raise ParleyError(NOT_FOUND, "There is nobody to write to.")
        owners = invite_owners(made)
        self.say(f"A letter goes to {owners} owner{'' if owners == 1 else 's'}.")

    def _may(self) -> dict[str, bool]:
        return {action: self.may(action) for action in self.actions}


def title_of(copy: TenantCopy) -> str:
    """In words: what is made of what."""
    slug = copy.tenant.slug if copy.tenant else "a tenant that is gone"
    match copy.kind:
        case TenantCopy.Kind.EXPORT:
            return f"Export of {slug}"
        case TenantCopy.Kind.CLONE:
            return f"Clone of {slug}"
    return f"Import of {copy.file_name}"


def _begun(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Whether there is a file is known before anything is said."""
    try:
        first = next(chunks, b"")
    except FileNotFoundError:
        raise ParleyError(NOT_FOUND, "The file is gone.") from None
    return _going_on(first, chunks)


async def _going_on(chunk: bytes, chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """One that is no coroutine would be read to its end before anything is sent."""
    while chunk:
        yield chunk
        chunk = await asyncio.to_thread(next, chunks, b"")


def _percent_of(copy: TenantCopy) -> int:
    if copy.state == TenantCopy.State.DONE:
        return 100
    times, others = _AROUND[copy.kind]
    tables = sum(1 for _ in apps.get_app_config("chat").get_models(include_auto_created=True))
    return min(99, copy.steps * 100 // (times * tables + others))
