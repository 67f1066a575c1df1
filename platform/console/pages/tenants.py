"""All tenants, and a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from billing.plans import PLANS
from console.forms import NewTenantForm
from console.permits import OperatorPermit
from console.site import operators
from console.tenancy import open_tenant
from kit.errors import ParleyError
from tenants.consoles.pages import Page
from tenants.consoles.tables import Table
from tenants.models import Tenant
from tenants.provisioning import NewTenant as MadeTenant

_COLOURS = {"active": "success", "paused": "warning", "suspended": "danger", "moved": "info", "deleting": "danger"}


class PlanFilter(admin.SimpleListFilter):
    title = parameter_name = "plan"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(plan.name, plan.title) for plan in PLANS.values()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(plan=self.value()) if self.value() else queryset


@admin.register(Tenant, site=operators)
class Tenants(Table):
    permit = OperatorPermit.TENANTS_VIEW
    section, icon, label, place = "Tenants", "apartment", "Tenants", 10
    detail = "tenant"
    list_display = ["slug", "name", "state", "shown_plan", "region", "created_at"]
    list_filter = ["status", PlanFilter, "paused"]
    search_fields = ["slug", "name", "domains__domain"]
    list_before_template = "console/tenants.html"

    @display(description="Status", ordering="status", label=_COLOURS)  # type: ignore[untyped-decorator]
    def state(self, tenant: Tenant) -> str:
        return "paused" if tenant.paused and tenant.status == "active" else str(tenant.status)

    @display(description="Plan", ordering="plan")  # type: ignore[untyped-decorator]
    def shown_plan(self, tenant: Tenant) -> str:
        return PLANS[tenant.plan].title if tenant.plan in PLANS else str(tenant.plan)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_create = OperatorPermit.TENANTS_CREATE in self.admin_site.permits_of(request)
        return super().changelist_view(request, {"may_create": may_create, **(extra_context or {})})


@operators.page
class NewTenant(Page):
    address = "tenants/tenant/new"
    name = "tenant_new"
    label = "New tenant"
    template = "console/tenant_new.html"
    permit = OperatorPermit.TENANTS_CREATE
    actions = {"create": OperatorPermit.TENANTS_CREATE}

    def context(self, **where: Any) -> dict[str, Any]:
        return {"form": NewTenantForm()}

    def do_create(self, **where: Any) -> HttpResponse:
        form = NewTenantForm(self.request.POST)
        made = self._made(form) if form.is_valid() else None
        if made is None:
            return self.render(422, form=form)
        return self.render(made=made)

    def _made(self, form: NewTenantForm) -> MadeTenant | None:
        given = form.cleaned_data
        try:
            return open_tenant(
                given["slug"],
                name=given["name"],
                owner_email=given["owner"],
                plan=given["plan"],
                region=given["region"],
            )
        except ParleyError as refusal:
            form.refuse(refusal)
            return None
