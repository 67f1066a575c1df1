"""The public host's landing page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenants.models import Tenant
from tenants.records import TenantStatus


def home(request: HttpRequest) -> HttpResponse:
    """Which organisations there are is told in development only."""
    tenants = Tenant.objects.filter(status=TenantStatus.ACTIVE.value)[:50] if settings.DEBUG else []
    organisations = [{"name": tenant.name, "url": tenant.url} for tenant in tenants]
    return render(request, "console/home.html", {"organisations": organisations})
