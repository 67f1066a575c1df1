"""Maintenance of the whole platform."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from console.forms import MaintenanceForm
from console.permits import OperatorPermit
from console.site import operators
from tenants.consoles.pages import Page
from tenants.maintenance import begin_maintenance, end_maintenance, maintenance
from tenants.models import Tenant


@operators.page
class PlatformMaintenance(Page):
    address = "maintenance"
    name = "maintenance"
    label = "Maintenance"
    icon = "engineering"
    section = "Platform"
    place = 90
    template = "console/maintenance.html"
    permit = OperatorPermit.PLATFORM_VIEW
    actions = {"begin": OperatorPermit.PLATFORM_PAUSE, "end": OperatorPermit.PLATFORM_PAUSE}

    def context(self, **where: Any) -> dict[str, Any]:
        paused = Tenant.objects.filter(paused=True).order_by("slug")
        return {"current": maintenance(), "paused": paused[:50], "form": MaintenanceForm()}

    def do_begin(self, **where: Any) -> HttpResponse | None:
        form = MaintenanceForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, **{**self.context(), "form": form})
        begin_maintenance(form.cleaned_data["reason"])
        self.say("Everything can be read, nothing sent, within seconds.")
        return None

    def do_end(self, **where: Any) -> None:
        end_maintenance()
        self.say("Everybody can write again.")
