"""The tenant's audit log in its console."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from tenants.consoles import audit
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.models import AuditEntry


@admin.register(AuditEntry, site=tenant_console)
class AuditLog(audit.AuditTable):
    permit = Permit.AUDIT_VIEW
    section = "Organisation"

    def chain_of(self, request: HttpRequest) -> str:
        return str(request.tenant.schema_name)  # type: ignore[attr-defined]


class _OwnChain(audit.AuditPage):
    permit = Permit.AUDIT_VIEW

    def chain(self) -> str:
        return str(self.request.tenant.schema_name)  # type: ignore[attr-defined]


@tenant_console.page
class Verify(_OwnChain, audit.AuditVerifyPage): ...


@tenant_console.page
class Export(_OwnChain, audit.AuditExportPage): ...


@tenant_console.page
class Entry(_OwnChain, audit.AuditEntryPage): ...
