"""What pages of a tenant's console share: whose they are, what was posted, answers that nobody keeps."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from tenants.consoles.pages import Page
from tenants.records import TenantRecord


class TenantPage(Page):
    @property
    def tenant(self) -> TenantRecord:
        tenant: TenantRecord = self.request.tenant  # type: ignore[attr-defined]
        return tenant

    def posted(self, field: str, most: int = 128) -> str:
        """What a field of the form says; PostgreSQL has no NUL to compare."""
        return self.request.POST.get(field, "").replace("\x00", "").strip()[:most]

    def unstored(self, **context: Any) -> HttpResponse:
        """With a secret, which no cache may keep."""
        response = self.render(**context)
        response["Cache-Control"] = "no-store"
        return response
