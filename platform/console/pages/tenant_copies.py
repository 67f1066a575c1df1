"""Copies of a tenant: its export, its clone, and those that were made before."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console.copies import asking
from console.copies.making import KEPT_DAYS
from console.forms import CloneForm
from console.pages.copies import title_of
from console.pages.tenant import TenantPage
from console.permits import OperatorPermit
from console.site import operators
from kit.errors import ParleyError
from tenants.models import TenantCopy

_MOST_LISTED = 20


@operators.page
class TenantCopies(TenantPage):
    address = "tenants/tenant/<int:tenant_id>/copies"
    name = "tenant_copies"
    label = tab = "Copies"
    tab_place = 45
    template = "console/tenant_copies.html"
    permit = OperatorPermit.TENANTS_VIEW
    actions = {"export": OperatorPermit.TENANTS_EXPORT, "clone": OperatorPermit.TENANTS_CREATE}
    fresh = frozenset({"export", "clone"})

    def context(self, **where: Any) -> dict[str, Any]:
        return {"copies": listed(self.tenant.copies.all()), "form": CloneForm(), "kept_days": KEPT_DAYS}

    def do_export(self, **where: Any) -> HttpResponse:
        return to_copy(asking.begin_export(self.tenant))

    def do_clone(self, **where: Any) -> HttpResponse:
        form = CloneForm(self.request.POST)
        if form.is_valid():
            given = form.cleaned_data
            try:
                return to_copy(asking.begin_clone(self.tenant, given["slug"], masked=given["masked"]))
            except ParleyError as refusal:
                form.refuse(refusal)
        return self.render(422, **{**self.context(**where), "form": form})


def to_copy(copy: TenantCopy) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("operators:copy", args=[copy.pk]))


def listed(copies: Any) -> list[tuple[TenantCopy, str]]:
    """The latest of them, each with its title."""
    return [(copy, title_of(copy)) for copy in copies.select_related("tenant", "made")[:_MOST_LISTED]]
