"""One tenant: what it is and uses, its terms, its limits. Further pages of it are modules of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from console.forms import LimitsForm, ReasonedForm, TermsForm
from console.permits import OperatorPermit
from console.site import operators
from console.tenancy import change_tenant
from console.usage import last_activity_of, usage_of
from kit.errors import ParleyError
from tenants.consoles.pages import Page
from tenants.models import Account, Role, Tenant


class TenantPage(Page):
    """A page about one tenant, with tabs to the others."""

    tab: ClassVar[str]
    tab_place: ClassVar[int]

    @cached_property
    def tenant(self) -> Tenant:
        tenant: Tenant = get_object_or_404(Tenant, pk=self.kwargs["tenant_id"])
        return tenant

    def title(self) -> str:
        return str(self.tenant.name)

    def render(self, status: int = 200, **context: Any) -> HttpResponse:
        return super().render(status, **{"tenant": self.tenant, "tabs": self._tabs(), **context})

    def filled(self, form: ReasonedForm, work: Callable[[dict[str, Any]], object], done: str) -> HttpResponse | None:
        """Do ``work`` with what a form says; where that is refused, show the form again."""
        if form.is_valid():
            try:
                work(form.cleaned_data)
            except ParleyError as refusal:
                form.refuse(refusal)
            else:
                self.say(done)
                return None
        return self.render(422, **{**self.context(**self.kwargs), "form": form})

    def me(self) -> Account:
        account = self.request.user
        assert isinstance(account, Account)
        return account

    def _tabs(self) -> list[dict[str, Any]]:
        pages = [page for page in TenantPage.__subclasses__() if page.permit in self.permits]
        return [
            {
                "label": page.tab,
                "link": reverse(f"operators:{page.name}", args=[self.tenant.pk]),
                "active": isinstance(self, page),
            }
            for page in sorted(pages, key=lambda page: page.tab_place)
        ]


@operators.page
class TenantOverview(TenantPage):
    address = "tenants/tenant/<int:tenant_id>"
    name = "tenant"
    label = tab = "Overview"
    tab_place = 10
    template = "console/tenant.html"
    permit = OperatorPermit.TENANTS_VIEW
    actions = {"change": OperatorPermit.TENANTS_CHANGE}

    def context(self, **where: Any) -> dict[str, Any]:
        tenant = self.tenant
        terms = {name: getattr(tenant, name) for name in ("name", "plan", "region", "notes")}
        return {
            "form": TermsForm(initial=terms),
            "owners": tenant.memberships.filter(role=Role.OWNER).select_related("account").order_by("pk")[:5],
            "usage": usage_of(tenant),
            "last_activity": last_activity_of(tenant),
        }

    def do_change(self, **where: Any) -> HttpResponse | None:
        return self.filled(TermsForm(self.request.POST), self._change, "Saved.")

    def _change(self, terms: dict[str, Any]) -> None:
        if terms["plan"] == self.tenant.plan:  # the same again would put its limits in place of those set by hand
            terms = {name: value for name, value in terms.items() if name != "plan"}
        change_tenant(self.tenant.slug, terms, self.me())


@operators.page
class TenantLimits(TenantPage):
    address = "tenants/tenant/<int:tenant_id>/limits"
    name = "tenant_limits"
    label = tab = "Limits"
    tab_place = 20
    template = "console/tenant_limits.html"
    permit = OperatorPermit.TENANTS_VIEW
    actions = {"change": OperatorPermit.TENANTS_CHANGE}

    def context(self, **where: Any) -> dict[str, Any]:
        return {"form": LimitsForm(self.tenant), "usage": usage_of(self.tenant)}

    def do_change(self, **where: Any) -> HttpResponse | None:
        form = LimitsForm(self.tenant, self.request.POST)
        return self.filled(form, self._change, "The limits hold from now on.")

    def _change(self, limits: dict[str, Any]) -> None:
        change_tenant(self.tenant.slug, limits, self.me())
