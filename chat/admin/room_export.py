"""A room's history to take away, as CSV or JSON Lines (https://jsonlines.org): written while it is sent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponseBase, StreamingHttpResponse
from pydantic_core import to_json
from unfold.widgets import UnfoldAdminSelectWidget

from chat.admin.days import beginning, day_field, end
from chat.admin.room import OfRoom
from chat.admin.rooms import room_or_404
from chat.files.names import clean_name
from chat.queries.room_history import Line, room_history
from kit.csv_cells import plain_cell
from kit.ids import wire_id
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.origins import own_origin
from tenants.records import TenantRecord
from tenants.scope import tenant_scope

_COLUMNS = [field.name for field in fields(Line)]
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=[("csv", "CSV, for spreadsheets"), ("jsonl", "JSON Lines, for programs")],
        widget=UnfoldAdminSelectWidget,
    )
    first = day_field("First day")
    last = day_field("Last day", "Both in UTC; without them all that there is.")

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = self.cleaned_data
        if chosen.get("first") and chosen.get("last") and chosen["last"] < chosen["first"]:
            self.add_error("last", "The last day is before the first one.")
        return chosen


@tenant_console.page
class RoomExport(OfRoom):
    address = "room/<str:room_id>/export"
    name = "room_export"
    label = "Export"
    template = "chat/admin/room_export.html"
    permit = Permit.ROOMS_EXPORT
    actions = {"export": Permit.ROOMS_EXPORT}

    def context(self, **where: Any) -> dict[str, Any]:
        return {**self.of_room(room_or_404(str(where["room_id"]))), "form": ExportForm()}

    def do_export(self, room_id: str) -> HttpResponseBase:
        room = room_or_404(room_id)
        form = ExportForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, **{**self.of_room(room), "form": form})
        kind, first, last = (form.cleaned_data[name] for name in ("format", "first", "last"))
        self.record("room.exported", f"room:{room_id}", after={"format": kind, "first": first, "last": last})
        pages = room_history(room_id, since=beginning(first), until=end(last))
        written = _written(self.tenant, pages, kind, own_origin(self.request.get_host()))
        answer = StreamingHttpResponse(written, content_type=_TYPES[kind])
        answer["Content-Disposition"] = f'attachment; filename="{_ascii(room_id)}.{kind}"'
        return answer


def _ascii(room_id: str) -> str:
    return clean_name(room_id).encode("ascii", "replace").decode().replace("?", "_").replace(";", "_")


async def _written(
    tenant: TenantRecord, pages: AsyncIterator[list[Line]], kind: str, origin: str
) -> AsyncIterator[bytes]:
    """The scope is entered for each page: what is yielded to may run in another context."""
    write: Callable[[dict[str, Any]], bytes] = _csv_line if kind == "csv" else _json_line
    if kind == "csv":
        yield _csv_line(dict(zip(_COLUMNS, _COLUMNS, strict=True)))
    while True:
        with tenant_scope(tenant):
            lines = await anext(pages, None)
        if lines is None:
            return
        yield b"".join(write(_shown(line, origin)) for line in lines)


def _shown(line: Line, origin: str) -> dict[str, Any]:
    """Ids as the API has them. A file's ``url`` is the API's too: it asks who one is, and gives a link to the file."""
    shown = {name: getattr(line, name) for name in _COLUMNS}
    for name in ("id", "parent_id", "quoted_id"):
        shown[name] = _outside(shown[name])
    shown["attachments"] = [
        {**{name: file.get(name) for name in ("id", "name", "type", "size")}, "url": _address(origin, file)}
        for file in line.attachments
    ]
    return shown


def _outside(message_id: UUID | None) -> str | None:
    return None if message_id is None else wire_id("m", message_id)


def _address(origin: str, file: dict[str, Any]) -> str:
    return f"{origin}/api/v1/uploads/{file['id']}"


def _json_line(shown: dict[str, Any]) -> bytes:
    return to_json(shown) + b"\n"


def _csv_line(shown: dict[str, Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(_cell(value) for value in shown.values())
    return line.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else plain_cell(value)
