"""The tenant's console as a site. Membership opens it, and its role says what may be done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tenants.consoles.permits import PERMITS
from tenants.consoles.site import ConsoleSite
from tenants.models import Role


class TenantConsole(ConsoleSite):
    sections = ("Organisation", "People", "Rooms", "Moderation", "Developers", "Settings")

    def permits_of(self, request: HttpRequest) -> frozenset[str]:
        membership = getattr(request, "membership", None)
        return PERMITS[Role(membership.role)] if membership is not None else frozenset()

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        tenant = request.tenant  # type: ignore[attr-defined]
        return {**super().each_context(request), "site_title": tenant.name, "site_header": tenant.name, "site_url": "/"}


tenant_console = TenantConsole(name="tenant")
