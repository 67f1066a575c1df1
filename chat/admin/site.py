"""The tenant's console as a site. A membership opens it, and its role says what may be done, or a grant of support."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tenants.consoles.permits import permits_of_role, support_permits
from tenants.consoles.site import ConsoleSite
from tenants.models import Role
from tenants.records import Service
from tenants.support import mode_of


class TenantConsole(ConsoleSite):
    sections = ("Organisation", "People", "Rooms", "Moderation", "Developers", "Settings")

    def permits_of(self, request: HttpRequest) -> frozenset[str]:
        service = request.tenant.service  # type: ignore[attr-defined]
        support = getattr(request, "support", None)
        if support is not None:
            return support_permits(mode_of(support)) if service is not Service.SUSPENDED else frozenset()
        membership = getattr(request, "membership", None)
        return permits_of_role(Role(membership.role), service) if membership is not None else frozenset()

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        tenant = request.tenant  # type: ignore[attr-defined]
        support = getattr(request, "support", None)
        return {
            **super().each_context(request),
            "site_title": tenant.name,
            "site_header": tenant.name,
            "site_url": "/",
            "site_url_label": "Rooms",
            "support": support,
            "support_mode": mode_of(support) if support else "",
            "in_maintenance": tenant.paused,
        }


tenant_console = TenantConsole(name="tenant")
