"""A tenant's own hosts, and whether they are proven to be its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from console.forms import DomainForm
from console.pages.tenant import TenantPage
from console.permits import OperatorPermit
from console.site import operators
from tenants import domains
from tenants.models import Domain


@operators.page
class TenantDomains(TenantPage):
    address = "tenants/tenant/<int:tenant_id>/domains"
    name = "tenant_domains"
    label = tab = "Domains"
    tab_place = 30
    template = "console/tenant_domains.html"
    permit = OperatorPermit.TENANTS_VIEW
    actions = {
        "add": OperatorPermit.TENANTS_CHANGE,
        "check": OperatorPermit.TENANTS_CHANGE,
        "remove": OperatorPermit.TENANTS_CHANGE,
    }

    def context(self, **where: Any) -> dict[str, Any]:
        found = Domain.objects.filter(tenant=self.tenant).order_by("domain")
        return {"domains": [(domain, domains.record_name(domain)) for domain in found], "form": DomainForm()}

    def do_add(self, **where: Any) -> HttpResponse | None:
        form = DomainForm(self.request.POST)
        done = "Added. Set its TXT record, then check it."
        return self.filled(form, lambda given: domains.add_domain(self.tenant, given["domain"]), done)

    def do_check(self, **where: Any) -> None:
        domain = domains.check_record(self._named())
        self.say(f"{domain.domain} is {domain.state}." if not domain.failure else domain.failure)

    def do_remove(self, **where: Any) -> None:
        domain = self._named()
        domains.remove_domain(self.tenant, domain.domain)
        self.say(f"{domain.domain} serves nobody from now on.")

    def _named(self) -> Domain:
        return domains.get_domain(self.tenant, self.request.POST.get("domain", ""))
