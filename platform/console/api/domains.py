"""A tenant's domains over the operators' API."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Router

from chat.api.schemas import Page
from console.api.door import OperatorRequest
from console.api.openapi import route
from console.api.schemas import DomainIn, DomainOut, DomainPath, SlugPath
from console.permits import OperatorPermit
from kit import errors
from tenants import domains
from tenants.lifecycle import get_tenant
from tenants.models import Domain

router = Router(tags=["domains"])

_VIEW, _CHANGE = OperatorPermit.TENANTS_VIEW, OperatorPermit.TENANTS_CHANGE


@router.get("/tenants/{slug}/domains", response=Page[DomainOut], openapi_extra=route(_VIEW, errors.TENANT_NOT_FOUND))
def list_domains(request: OperatorRequest, slug: SlugPath) -> object:
    """Its own hosts, and whether they are proven to be its own."""
    found = Domain.objects.filter(tenant=get_tenant(slug)).order_by("domain")
    return {"data": [_shown(domain) for domain in found], "next": None}


@router.post(
    "/tenants/{slug}/domains",
    response={201: DomainOut},
    openapi_extra=route(
        _CHANGE,
        *(errors.TENANT_NOT_FOUND, errors.DOMAIN_INVALID, errors.DOMAIN_TAKEN, errors.TOO_MANY_DOMAINS),
        body=True,
    ),
)
def add_domain(request: OperatorRequest, slug: SlugPath, body: DomainIn) -> tuple[int, dict[str, Any]]:
    """One more, which serves once its TXT record is found; one that is there is left as it is."""
    return 201, _shown(domains.add_domain(get_tenant(slug), body.domain))


@router.post(
    "/tenants/{slug}/domains/{domain}/verify",
    response=DomainOut,
    openapi_extra=route(_CHANGE, errors.TENANT_NOT_FOUND, errors.DOMAIN_NOT_FOUND),
)
def verify_domain(request: OperatorRequest, slug: SlugPath, domain: DomainPath) -> dict[str, Any]:
    """Look for its TXT record now, for some seconds at most."""
    return _shown(domains.check_record(domains.get_domain(get_tenant(slug), domain)))


@router.delete(
    "/tenants/{slug}/domains/{domain}",
    response={204: None},
    openapi_extra=route(_CHANGE, errors.TENANT_NOT_FOUND, errors.DOMAIN_NOT_FOUND),
)
def remove_domain(request: OperatorRequest, slug: SlugPath, domain: DomainPath) -> HttpResponse:
    """From now on it serves nobody."""
    domains.remove_domain(get_tenant(slug), domain)
    return HttpResponse(status=204)


def _shown(domain: Domain) -> dict[str, Any]:
    fields = ("domain", "state", "token", "failure", "checked_at", "verified_at")
    return {**{name: getattr(domain, name) for name in fields}, "record": domains.record_name(domain)}
