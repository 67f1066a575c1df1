"""What closes a tenant, for a while or for good."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse

from console.forms import SuspensionForm
from console.pages.tenant import TenantPage
from console.permits import OperatorPermit
from console.site import operators
from console.tenancy import change_tenant
from kit.errors import INVALID, ParleyError
from tenants import lifecycle


@operators.page
class TenantState(TenantPage):
    address = "tenants/tenant/<int:tenant_id>/state"
    name = "tenant_state"
    label = tab = "State"
    tab_place = 50
    template = "console/tenant_state.html"
    permit = OperatorPermit.TENANTS_VIEW
    actions = {
        "pause": OperatorPermit.TENANTS_CHANGE,
        "unpause": OperatorPermit.TENANTS_CHANGE,
        "suspend": OperatorPermit.TENANTS_SUSPEND,
        "resume": OperatorPermit.TENANTS_SUSPEND,
        "delete": OperatorPermit.TENANTS_DELETE,
    }
    asks = {"delete": "slug"}
    fresh = frozenset({"delete"})

    def context(self, **where: Any) -> dict[str, Any]:
        return {"form": SuspensionForm(), "grace_days": settings.TENANT_GRACE_DAYS}

    def do_pause(self, **where: Any) -> None:
        change_tenant(self.tenant.slug, {"paused": True})
        self.say("In maintenance: everything can be read, nothing sent.")

    def do_unpause(self, **where: Any) -> None:
        change_tenant(self.tenant.slug, {"paused": False})
        self.say("Its people can write again.")

    def do_suspend(self, **where: Any) -> HttpResponse | None:
        form = SuspensionForm(self.request.POST)
        return self.filled(form, lambda given: lifecycle.suspend(self.tenant.slug, given["reason"]), "Suspended.")

    def do_resume(self, **where: Any) -> None:
        lifecycle.resume(self.tenant.slug)
        self.say("Its people can come in again.")

    def do_delete(self, **where: Any) -> None:
        if self.request.POST.get("slug", "").strip() != self.tenant.slug:
            raise ParleyError(INVALID, "That is not the slug: nothing was deleted.")
        closed = lifecycle.request_deletion(self.tenant.slug)
        self.say(f"Closed. Its data goes after {closed.delete_after:%Y-%m-%d %H:%M} UTC.")
