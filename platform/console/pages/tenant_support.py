"""Into a tenant's console for support, and who was there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from console.forms import SupportForm
from console.pages.tenant import TenantPage
from console.permits import OperatorPermit
from console.site import operators
from tenants.consoles.pages import Page
from tenants.consoles.tables import Table
from tenants.models import SupportGrant
from tenants.support import end_support, entry_url, grant_support, open_grants


@operators.page
class TenantSupport(TenantPage):
    address = "tenants/tenant/<int:tenant_id>/support"
    name = "tenant_support"
    label = tab = "Support"
    tab_place = 40
    template = "console/tenant_support.html"
    permit = OperatorPermit.SUPPORT_VIEW
    actions = {"grant": OperatorPermit.SUPPORT_ENTER, "end": OperatorPermit.SUPPORT_ENTER}
    fresh = frozenset({"grant"})

    def context(self, **where: Any) -> dict[str, Any]:
        return {
            "form": SupportForm(self.tenant),
            "mine": open_grants(self.me(), self.tenant),
            "visits": SupportGrant.objects.filter(tenant=self.tenant).select_related("account")[:20],
        }

    def do_grant(self, **where: Any) -> HttpResponse | None:
        return self.filled(SupportForm(self.tenant, self.request.POST), self._grant, "You may go in.")

    def _grant(self, given: dict[str, Any]) -> None:
        grant_support(self.tenant, self.me(), **given)

    def do_end(self, **where: Any) -> None:
        for grant in open_grants(self.me(), self.tenant):
            end_support(grant)
        self.say("Ended.")


@operators.page
class SupportEntry(Page):
    """From here to the tenant's own host, by a link that holds for a minute. A form could not lead there: the page's
    policy keeps forms at home."""

    address = "support/<str:grant_id>/enter"
    name = "support_entry"
    label = "Enter"
    template = ""
    permit = OperatorPermit.SUPPORT_ENTER

    def get(self, request: HttpRequest, **where: Any) -> HttpResponse:
        mine = SupportGrant.objects.select_related("tenant").filter(account_id=request.user.pk, entered_at__isnull=True)
        grant = mine.filter(pk=where["grant_id"]).first() if where["grant_id"].isprintable() else None
        if grant is None:
            raise Http404("There is nothing to enter.")
        return HttpResponseRedirect(entry_url(grant))


@admin.register(SupportGrant, site=operators)
class SupportVisits(Table):
    permit = OperatorPermit.SUPPORT_VIEW
    section, icon, label, place = "Tenants", "support_agent", "Support visits", 20
    list_display = ["created_at", "tenant", "account", "reason", "mode", "entered_at", "ended_at"]
    list_filter = ["mode"]
    search_fields = ["tenant__slug", "account__email", "reason"]
    list_select_related = ["tenant", "account"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportGrant]:
        found: QuerySet[SupportGrant] = super().get_queryset(request)
        return found.order_by("-created_at")
