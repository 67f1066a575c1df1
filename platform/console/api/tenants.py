"""Tenants over the operators' API."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Router

from billing.plans import PLANS
from chat.api.cursors import make_cursor, read_cursor
from chat.api.schemas import Page
from console import tenancy
from console.api.door import OperatorRequest
from console.api.openapi import route
from console.api.schemas import (
    LimitsChange,
    LimitsOut,
    NewTenantOut,
    PlanOut,
    SlugPath,
    SuspensionIn,
    TenantChange,
    TenantIn,
    TenantOut,
    UsageOut,
)
from console.permits import OperatorPermit
from console.usage import last_activity_of, usage_of
from kit import errors
from tenants import lifecycle
from tenants.models import Tenant

router = Router(tags=["tenants"])

_VIEW, _CHANGE = OperatorPermit.TENANTS_VIEW, OperatorPermit.TENANTS_CHANGE


@router.get("/tenants", response=Page[TenantOut], openapi_extra=route(_VIEW, errors.BAD_CURSOR))
def list_tenants(
    request: OperatorRequest, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> object:
    """All of them, in the order of their slugs."""
    after = read_cursor(cursor, str)[0] if cursor else ""
    found = list(Tenant.objects.filter(slug__gt=after).order_by("slug")[: limit + 1])
    more = len(found) > limit
    return {"data": found[:limit], "next": make_cursor(found[limit - 1].slug) if more else None}


@router.post(
    "/tenants",
    response={201: NewTenantOut},
    openapi_extra=route(
        OperatorPermit.TENANTS_CREATE,
        *(errors.SLUG_INVALID, errors.SLUG_RESERVED, errors.SLUG_TAKEN, errors.EMAIL_INVALID),
        body=True,
        secret=True,
    ),
)
def create_tenant(request: OperatorRequest, body: TenantIn) -> tuple[int, dict[str, Any]]:
    """One more, ready to chat; its owner gets a letter. Its keys are shown this once."""
    made = tenancy.open_tenant(body.slug, name=body.name, owner_email=body.owner, plan=body.plan, region=body.region)
    signing_key = {"id": made.signing_key.id, "secret": made.signing_secret}
    shown = TenantOut.from_orm(made.tenant).model_dump()
    return 201, {**shown, "api_key": made.api_key, "signing_key": signing_key}


@router.get("/tenants/{slug}", response=TenantOut, openapi_extra=route(_VIEW, errors.TENANT_NOT_FOUND))
def get_tenant(request: OperatorRequest, slug: SlugPath) -> Tenant:
    """One tenant."""
    return lifecycle.get_tenant(slug)


@router.patch("/tenants/{slug}", response=TenantOut, openapi_extra=route(_CHANGE, errors.TENANT_NOT_FOUND, body=True))
def change_tenant(request: OperatorRequest, slug: SlugPath, body: TenantChange) -> Tenant:
    """Change its terms, or begin and end its maintenance."""
    return tenancy.change_tenant(slug, body.model_dump(exclude_unset=True))


@router.delete(
    "/tenants/{slug}",
    response={202: TenantOut},
    openapi_extra=route(OperatorPermit.TENANTS_DELETE, errors.TENANT_NOT_FOUND, errors.TENANT_STATE),
)
def delete_tenant(request: OperatorRequest, slug: SlugPath) -> tuple[int, Tenant]:
    """Close it at once; its data goes after the grace, and until then ``resume`` brings it back."""
    return 202, lifecycle.request_deletion(slug)


@router.post(
    "/tenants/{slug}/suspend",
    response=TenantOut,
    openapi_extra=route(OperatorPermit.TENANTS_SUSPEND, errors.TENANT_NOT_FOUND, errors.TENANT_STATE, body=True),
)
def suspend_tenant(request: OperatorRequest, slug: SlugPath, body: SuspensionIn) -> Tenant:
    """Refuse its people and end their sockets; keep its data."""
    return lifecycle.suspend(slug, body.reason)


@router.post(
    "/tenants/{slug}/resume",
    response=TenantOut,
    openapi_extra=route(OperatorPermit.TENANTS_SUSPEND, errors.TENANT_NOT_FOUND, errors.TENANT_STATE),
)
def resume_tenant(request: OperatorRequest, slug: SlugPath) -> Tenant:
    """Let its people in again, after a suspension or while it is being deleted."""
    return lifecycle.resume(slug)


@router.get("/tenants/{slug}/usage", response=UsageOut, openapi_extra=route(_VIEW, errors.TENANT_NOT_FOUND))
def tenant_usage(request: OperatorRequest, slug: SlugPath) -> dict[str, Any]:
    """What it uses of what it may."""
    tenant = lifecycle.get_tenant(slug)
    return {"last_activity": last_activity_of(tenant), "data": usage_of(tenant)}


@router.get("/tenants/{slug}/limits", response=LimitsOut, openapi_extra=route(_VIEW, errors.TENANT_NOT_FOUND))
def tenant_limits(request: OperatorRequest, slug: SlugPath) -> Tenant:
    """What it may use. Sizes are in bytes."""
    return lifecycle.get_tenant(slug)


@router.patch(
    "/tenants/{slug}/limits", response=LimitsOut, openapi_extra=route(_CHANGE, errors.TENANT_NOT_FOUND, body=True)
)
def change_tenant_limits(request: OperatorRequest, slug: SlugPath, body: LimitsChange) -> Tenant:
    """For this tenant alone, whatever its plan."""
    return tenancy.change_tenant(slug, body.model_dump(exclude_unset=True))


@router.get("/plans", response=Page[PlanOut], openapi_extra=route(_VIEW))
def list_plans(request: OperatorRequest) -> object:
    """The plans, and what a tenant may use on each."""
    return {"data": list(PLANS.values()), "next": None}
