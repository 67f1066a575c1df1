"""The platform's own audit log in the operators' console."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from console.permits import OperatorPermit
from console.site import operators
from tenants.consoles import audit
from tenants.models import AuditEntry


@admin.register(AuditEntry, site=operators)
class AuditLog(audit.AuditTable):
    permit = OperatorPermit.AUDIT_VIEW
    section = "Team"

    def chain_of(self, request: HttpRequest) -> str:
        return AuditEntry.PLATFORM


class _PlatformChain(audit.AuditPage):
    permit = OperatorPermit.AUDIT_VIEW

    def chain(self) -> str:
        return AuditEntry.PLATFORM


@operators.page
class Verify(_PlatformChain, audit.AuditVerifyPage): ...


@operators.page
class Export(_PlatformChain, audit.AuditExportPage): ...


@operators.page
class Entry(_PlatformChain, audit.AuditEntryPage): ...
