"""The public host's landing page, and what is said where the operators' API has nothing."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kit.errors import NOT_FOUND
from tenants.models import Tenant
from tenants.problems import problem
from tenants.records import TenantStatus


def home(request: HttpRequest) -> HttpResponse:
    """Which organisations there are is told in development only."""
    tenants = Tenant.objects.filter(status=TenantStatus.ACTIVE.value)[:50] if settings.DEBUG else []
    organisations = [{"name": tenant.name, "url": tenant.url} for tenant in tenants]
    context = {"organisations": organisations, "may_sign_up": settings.SIGN_UP == "open"}
    return render(request, "console/home.html", context)


def no_such_route(request: HttpRequest, rest: str) -> HttpResponse:
    return problem(NOT_FOUND)
