"""A tenant's exports over the operators' API. Their files are downloaded in the console alone, which asks who it is."""

from __future__ import annotations

from ninja import Router

from chat.api.schemas import Page
from console.api.door import OperatorRequest
from console.api.openapi import route
from console.api.schemas import ExportOut, SlugPath
from console.copies.asking import begin_export
from console.permits import OperatorPermit
from kit import errors
from tenants.lifecycle import get_tenant
from tenants.models import TenantCopy

router = Router(tags=["exports"])

_MOST_LISTED = 100


@router.get(
    "/tenants/{slug}/exports",
    response=Page[ExportOut],
    openapi_extra=route(OperatorPermit.TENANTS_VIEW, errors.TENANT_NOT_FOUND),
)
def list_exports(request: OperatorRequest, slug: SlugPath) -> object:
    """Those that were asked for, the latest first, and how far they are: the last hundred."""
    exports = get_tenant(slug).copies.filter(kind=TenantCopy.Kind.EXPORT)
    return {"data": list(exports[:_MOST_LISTED]), "next": None}


@router.post(
    "/tenants/{slug}/exports",
    response={202: ExportOut},
    openapi_extra=route(OperatorPermit.TENANTS_EXPORT, errors.TENANT_NOT_FOUND),
)
def begin_tenant_export(request: OperatorRequest, slug: SlugPath) -> tuple[int, TenantCopy]:
    """Begin one, or get the one that is under way. The worker makes it; its file is downloaded in the console."""
    return 202, begin_export(get_tenant(slug))
