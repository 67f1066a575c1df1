"""An operator's way into a tenant's console and out of it, on the tenant's host."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tenants.hosts import public_url
from tenants.models import SupportGrant
from tenants.records import TenantRecord
from tenants.sessions import SESSION_TENANT
from tenants.support import SESSION_SUPPORT, end_support, enter


@never_cache
@require_safe
async def come_in(request: HttpRequest, token: str) -> HttpResponse:
    """Use the link up and go to the console. Whose session it was before, it is no longer."""
    tenant: TenantRecord = request.tenant  # type: ignore[attr-defined]
    grant = await sync_to_async(enter)(tenant, token, str(request.META.get("REMOTE_ADDR", "")))
    if grant is None:
        return await _show(request, "tenants/support_over.html", status=410)
    await request.session.aflush()
    await request.session.aset(SESSION_TENANT, tenant.id)
    await request.session.aset(SESSION_SUPPORT, grant.pk)
    return HttpResponseRedirect("/admin/")


@never_cache
@require_POST
async def go(request: HttpRequest) -> HttpResponse:
    """End the visit before its time."""
    grant: SupportGrant | None = request.support  # type: ignore[attr-defined]
    if grant is not None:
        await sync_to_async(end_support)(grant)
        await request.session.aflush()
    return await _show(request, "tenants/support_over.html", status=200)


async def _show(request: HttpRequest, template: str, status: int) -> HttpResponse:
    context = {"tenant": request.tenant, "operators": f"{public_url()}/operators/"}  # type: ignore[attr-defined]
    return await sync_to_async(render)(request, template, context, status=status)
