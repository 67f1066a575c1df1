"""The tenant's console as a site. A membership opens it, and its role says what may be done, or a grant of support."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from tenants.consoles.permits import permits_of_role, support_permits
from tenants.consoles.site import ConsoleSite
from tenants.models import Role
from tenants.records import Service
from tenants.support import mode_of


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands above every page; it leads to ``address``, unless that is empty."""

    words: str
    link: str = ""
    address: str = ""


NoticeReader = Callable[[HttpRequest, frozenset[str]], Notice | None]


class TenantConsole(ConsoleSite):
    sections = ("Organisation", "People", "Rooms", "Moderation", "Developers", "Settings")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._notice_readers: list[NoticeReader] = []

    def on_notice(self, read: NoticeReader) -> None:
        """Have ``read(request, permits)`` say what whoever asks should know."""
        self._notice_readers.append(read)

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
            "notices": self._notices(request),
        }

    def _notices(self, request: HttpRequest) -> list[Notice]:
        permits = self.permits_of(request)
        return [notice for read in self._notice_readers if (notice := read(request, permits)) is not None]


tenant_console = TenantConsole(name="tenant")
