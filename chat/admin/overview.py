"""The first page of a tenant's console: how it goes, what is used of the plan, and how to begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from chat.models import Report
from chat.queries.usage import rooms_in_use
from tenants.consoles.charts import Chart
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.figures import Over, over_of, series
from tenants.first_steps import Step, first_steps, put_away
from tenants.models import Tenant
from tenants.usage import active_today, against_plan, peak_today, usage_of_month

_MOST_REPORTS = 1_000
"""So many are counted."""

_STEPS: Final = {
    "key": ("Call the API from your server", "With an API key.", "keys", "/api/docs"),
    "origin": ("Name the pages that may call", "Add the origin of your site.", "origins", "/embed"),
    "embed": ("Put a room on one of your pages", "Two lines of HTML, to be copied.", "", "/embed"),
    "message": ("Say something", "In any room, or by the API.", "", "/"),
}
"""Title, words, and where it is done: on this page of the console for whoever may look at it, otherwise there."""
_LINKS: Final = (
    ("Users", "person", Permit.USERS_VIEW),
    ("Rooms", "forum", Permit.ROOMS_VIEW),
    ("Moderation", "flag", Permit.MODERATION_VIEW),
    ("Keys and origins", "key", Permit.KEYS_VIEW),
    ("Settings", "tune", Permit.SETTINGS_VIEW),
)
_METERS: Final = {
    "active_users": "Active users",
    "messages": "Messages",
    "peak_connections": "Peak connections",
    "stored_bytes": "Storage",
    "rooms": "Rooms",
    "seats": "Places in the team",
}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A step with its words, and where it is taken."""

    done: bool
    title: str
    words: str
    address: str


@tenant_console.page
class Overview(TenantPage):
    address = ""
    name = "index"
    label = "Overview"
    template = "chat/admin/overview.html"
    permit = Permit.OVERVIEW_VIEW
    section = "Organisation"
    icon = "space_dashboard"
    place = 10
    actions = {"put_away": Permit.SETTINGS_CHANGE}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Who may do nothing but pay is led there."""
        permits = self.site.permits_of(request)
        billing = self.site.address_of(Permit.BILLING_VIEW)
        if self.permit not in permits and Permit.BILLING_VIEW in permits and billing:
            return HttpResponseRedirect(billing)
        return super().dispatch(request, *args, **kwargs)

    def context(self, **where: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        over = over_of(self.request.GET.get("over"))
        tenant = self._row()
        points = series(tenant.pk, over, now)
        used = usage_of_month(tenant.pk, now)
        steps = [] if tenant.started else first_steps(tenant)
        return {
            "now": now,
            "over": over,
            "periods": list(Over),
            "tenant": tenant,
            "used": used,
            "active_today": active_today(tenant.pk, now),
            "peak_today": peak_today(tenant.pk, now),
            "reports": Report.objects.filter(resolution__isnull=True)[:_MOST_REPORTS].count(),
            "meters": [(_METERS[meter.name], meter) for meter in against_plan(tenant, used, rooms_in_use(tenant))],
            "charts": [Chart("messages", "Messages", points), Chart("connections", "Connections", points, False)],
            "steps": [self._shown(step) for step in steps],
            "all_done": all(step.done for step in steps),
            "links": [(title, icon, self._address(permit)) for title, icon, permit in _LINKS if self._address(permit)],
            "reports_address": self._address(Permit.MODERATION_VIEW),
        }

    def do_put_away(self) -> None:
        put_away(self._row())
        self.say("The list is put away.")

    def _row(self) -> Tenant:
        row: Tenant = Tenant.objects.get(pk=self.tenant.id)
        return row

    def _shown(self, step: Step) -> _Shown:
        title, words, page, address = _STEPS[step.name]
        if page and Permit.KEYS_VIEW in self.permits:
            address = reverse(f"tenant:{page}")
        return _Shown(step.done, title, words, address)

    def _address(self, permit: Permit) -> str:
        """Where this is looked after, for whoever may."""
        return self.site.address_of(permit) if permit in self.permits else ""
