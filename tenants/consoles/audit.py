"""The audit log in a console: the list, one entry, the whole as a file, and whether it is as it was written. Each
console shows one chain."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from unfold.contrib.filters.admin import RangeDateTimeFilter

from kit.csv_cells import plain_cell
from tenants.audit import verify
from tenants.consoles.pages import Page
from tenants.consoles.tables import Table
from tenants.models import AuditEntry

_SAID = ("number", "at", "actor_kind", "actor_id", "actor_name", "on_behalf_of", "address", "action", "target")
_CHANGES = ("before", "after")


class AuditTable(Table):
    """A console's table says which chain is its own."""

    label, icon, place = "Audit log", "history", 90
    detail = "audit_entry"
    list_display = ["at", "action", "target", "actor_name", "actor_kind", "address"]
    list_filter = ["actor_kind", ("at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["action", "target", "actor_name"]
    ordering = ["-number"]
    list_after_template = "consoles/audit_links.html"

    def chain_of(self, request: HttpRequest) -> str:
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        return entries.filter(chain=self.chain_of(request))


class AuditPage(Page):
    """What the pages of a console's log share."""

    def chain(self) -> str:
        raise NotImplementedError

    def entries(self) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.filter(chain=self.chain())


class AuditEntryPage(AuditPage):
    address = "audit/<int:entry_id>"
    name = "audit_entry"
    label = "Audit entry"
    template = "consoles/audit_entry.html"

    def context(self, **where: Any) -> dict[str, Any]:
        entry = self.entries().filter(pk=where["entry_id"]).first()
        if entry is None:
            raise Http404("There is no such entry.")
        return {"entry": entry, "changes": changes_of(entry)}


class AuditVerifyPage(AuditPage):
    address = "audit/verify"
    name = "audit_verify"
    label = "Is the log whole?"
    template = "consoles/audit_verify.html"

    def context(self, **where: Any) -> dict[str, Any]:
        return {"fault": verify(self.chain()), "entries": self.entries().count()}


class AuditExportPage(AuditPage):
    """The whole chain, the oldest first: ``?format=csv`` or ``jsonl``, with the digests that prove it."""

    address = "audit/export"
    name = "audit_export"
    label = "Export of the audit log"
    template = ""
    formats: ClassVar[dict[str, str]] = {"csv": "text/csv", "jsonl": "application/x-ndjson"}

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        form = request.GET.get("format", "csv")
        if form not in self.formats:
            raise Http404("An export is csv or jsonl.")
        rows = self.entries().order_by("number").iterator(chunk_size=500)
        lines = _as_csv(rows) if form == "csv" else _as_json(rows)
        response = StreamingHttpResponse(lines, content_type=f"{self.formats[form]}; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="audit-log.{form}"'
        return response


def changes_of(entry: AuditEntry) -> list[dict[str, Any]]:
    """Field by field what it was and what it is."""
    before, after = entry.before or {}, entry.after or {}
    return [{"field": field, "before": before.get(field), "after": after.get(field)} for field in {**before, **after}]


def _as_csv(entries: Iterator[AuditEntry]) -> Iterator[str]:
    fields = (*_SAID, *_CHANGES, "previous", "digest")
    yield _line(fields)
    for entry in entries:
        yield _line([_cell(getattr(entry, field)) for field in fields])


def _line(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else plain_cell(value)


def _as_json(entries: Iterator[AuditEntry]) -> Iterator[str]:
    for entry in entries:
        said = {field: getattr(entry, field) for field in (*_SAID, *_CHANGES, "previous", "digest")}
        yield json.dumps(said, ensure_ascii=False, default=str) + "\n"
