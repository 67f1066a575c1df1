"""People from a file: handed in, looked at, started; then how far it is, and what was wrong with which line."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

from asgiref.sync import async_to_sync
from django.core.files.base import File
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from procrastinate.contrib.django import app

from chat.commands import importing_people
from chat.files.people_csv import MOST_BYTES, MOST_ROWS
from chat.models import ImportFault, UserImport
from kit.csv_cells import plain_cell
from kit.errors import INVALID, NOT_FOUND, ParleyError
from tenants.audit import record
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.records import TenantRecord
from tenants.scope import tenant_scope

_MOST_LISTED = 20
_MOST_SHOWN = 50


class _ImportPage(TenantPage):
    permit = Permit.USERS_IMPORT


@tenant_console.page
class Imports(_ImportPage):
    address = "imports"
    name = "imports"
    label = "Import users"
    template = "chat/admin/imports.html"
    actions = {"upload": Permit.USERS_IMPORT}
    asks = {"upload": "file"}
    section, icon, place = "People", "upload_file", 20

    def context(self, **where: Any) -> dict[str, Any]:
        return {
            "imports": UserImport.objects.all()[:_MOST_LISTED],
            "megabytes": MOST_BYTES // 1_000_000,
            "most_rows": MOST_ROWS,
        }

    def do_upload(self) -> HttpResponse:
        file = self.request.FILES.get("file")
        if not isinstance(file, File):
            raise ParleyError(INVALID, "Choose a file first.")
        import_id = async_to_sync(importing_people.keep_file)(file, str(file.name))
        return HttpResponseRedirect(reverse("tenant:import", args=[import_id]))


@tenant_console.page
class ImportPage(_ImportPage):
    address = "imports/<str:import_id>"
    name = "import"
    label = "Import"
    template = "chat/admin/import.html"
    actions = {"start": Permit.USERS_IMPORT, "cancel": Permit.USERS_IMPORT}

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, "chat/admin/import_progress.html", _standing(**where))
        return super().get(request, **where)

    def context(self, **where: Any) -> dict[str, Any]:
        import_id = str(where["import_id"])
        context = _standing(import_id)
        if context["made"].state == UserImport.State.LOOKED_AT:
            context["preview"] = _preview(import_id)
        return context

    def do_start(self, import_id: str) -> None:
        async_to_sync(importing_people.start)(import_id)
        record(self.tenant, "users.imported", f"import:{import_id}", after={"file": import_or_404(import_id).file_name})
        app.configure_task("chat.tasks.import_people").defer(tenant_id=self.tenant.id, import_id=import_id)

    def do_cancel(self, import_id: str) -> None:
        async_to_sync(importing_people.cancel)(import_id)
        record(self.tenant, "users.import_cancelled", f"import:{import_id}")
        self.say("The import is cancelled. Who is in stays in.")


def import_or_404(import_id: str) -> UserImport:
    made = UserImport.objects.filter(pk=import_id).first() if "\x00" not in import_id else None
    if made is None:
        raise Http404("There is no such import.")
    return made


def _standing(import_id: str) -> dict[str, Any]:
    made = import_or_404(import_id)
    done = made.state == UserImport.State.DONE
    return {
        "made": made,
        "running": made.state == UserImport.State.RUNNING,
        "percent": 100 if done else min(99, made.position * 100 // max(1, made.size)),
        "faults": made.faults.all()[:_MOST_SHOWN],
        "most_shown": _MOST_SHOWN,
        "most_kept": importing_people.MOST_FAULTS_KEPT,
    }


def _preview(import_id: str) -> importing_people.Preview:
    try:
        return async_to_sync(importing_people.preview)(import_id)
    except FileNotFoundError:
        raise ParleyError(NOT_FOUND, "The file is gone.") from None


@tenant_console.page
class ImportFaults(_ImportPage):
    address = "imports/<str:import_id>/faults.csv"
    name = "import_faults"
    label = "Lines that are not in"

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        made = import_or_404(str(where["import_id"]))
        answer = StreamingHttpResponse(_lines(self.tenant, made.pk), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{made.pk}-faults.csv"'
        return answer


async def _lines(tenant: TenantRecord, import_id: str) -> AsyncIterator[bytes]:
    yield _csv("line", "id", "reason")
    after = 0
    while faults := await _faults(tenant, import_id, after):
        yield b"".join(_csv(fault.line, fault.user, fault.reason) for fault in faults)
        after = faults[-1].line


async def _faults(tenant: TenantRecord, import_id: str, after: int) -> list[ImportFault]:
    with tenant_scope(tenant):
        some = ImportFault.objects.filter(user_import_id=import_id, line__gt=after).order_by("line")[:1_000]
        return [fault async for fault in some]


def _csv(*cells: object) -> bytes:
    line = StringIO()
    csv.writer(line).writerow(map(plain_cell, cells))
    return line.getvalue().encode()
