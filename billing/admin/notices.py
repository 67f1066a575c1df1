"""What stands above every page of the console while a payment is missing or the plan is about to end."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from billing import wording
from billing.entitlements import standing
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import Notice, tenant_console
from tenants.models import Tenant
from tenants.records import Service


def notice_of(request: HttpRequest, permits: frozenset[str]) -> Notice | None:
    """For those who look after billing; for all others once they cannot write any more."""
    sees = Permit.BILLING_VIEW in permits
    if not sees and request.tenant.service is Service.FULL:  # type: ignore[attr-defined]
        return None
    words = wording.warning(standing(Tenant(pk=request.tenant.id)))  # type: ignore[attr-defined]
    if words is None:
        return None
    return Notice(words, "Billing", reverse("tenant:billing")) if sees else Notice(words)


tenant_console.on_notice(notice_of)
