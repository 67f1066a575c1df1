"""Hosts of a tenant's own. Whose a domain is, its TXT record says: ``_parley.chat.example.com`` holds the token that we
gave out. While it does not, the domain serves nobody."""

from __future__ import annotations

import secrets
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from kit.errors import DOMAIN_NOT_FOUND, DOMAIN_TAKEN, TOO_MANY_DOMAINS, ParleyError
from kit.txt_records import NoAnswer, txt_records
from tenants.allowances import check_count
from tenants.audit import record
from tenants.models import Domain, Tenant
from tenants.records import TenantStatus
from tenants.routers import SHARED
from tenants.slugs import check_domain

log = structlog.get_logger(__name__)

MOST_DOMAINS = 20
_PATIENCE = timedelta(days=7)
"""For so long a domain that was verified goes on to serve while its record is missing."""
_MOST_WORDS = 200  # of a failure: the column holds no more


def serving_domains() -> list[str]:
    """Those that are verified, of all tenants that are not being removed: each needs a certificate."""
    found = Domain.objects.filter(verified_at__isnull=False).exclude(tenant__status=TenantStatus.DELETING.value)
    return list(found.order_by("domain").values_list("domain", flat=True))


def record_name(domain: Domain) -> str:
    return f"_parley.{domain.domain}"


def add_domain(tenant: Tenant, name: str) -> Domain:
    """One more, which serves once it is verified; one that the tenant has is left as it is.

    Raises ParleyError ``domain_invalid``, ``domain_taken``, ``too_many_domains``, ``plan_limit_reached``.
    """
    name = check_domain(name.strip(), settings.BASE_DOMAIN)
    with transaction.atomic(SHARED):
        locked = Tenant.objects.select_for_update(no_key=True).only("own_domains").get(pk=tenant.pk)
        own = {domain.domain: domain for domain in Domain.objects.filter(tenant=tenant)}
        known: Domain | None = own.get(name)
        if known is not None:
            return known
        if len(own) >= MOST_DOMAINS:
            raise ParleyError(TOO_MANY_DOMAINS, f"A tenant has {MOST_DOMAINS} domains at most.")
        check_count(len(own) + 1, locked.own_domains, "domains")
        domain = _insert(tenant, name, is_primary=not own)
        record(None, "domain.added", f"tenant:{tenant.slug}", after={"domain": name})
    return domain


def _insert(tenant: Tenant, name: str, *, is_primary: bool) -> Domain:
    token = f"parley-{secrets.token_hex(16)}"
    try:
        with transaction.atomic(SHARED):
            domain: Domain = Domain.objects.create(tenant=tenant, domain=name, is_primary=is_primary, token=token)
    except IntegrityError:
        raise ParleyError(DOMAIN_TAKEN, f"The domain {name!r} belongs to a tenant already.") from None
    return domain


def get_domain(tenant: Tenant, name: str) -> Domain:
    """Raises ParleyError ``domain_not_found``."""
    own = {domain.domain: domain for domain in Domain.objects.filter(tenant=tenant).select_related("tenant")}
    domain: Domain | None = own.get(name.lower())
    if domain is None:
        raise ParleyError(DOMAIN_NOT_FOUND, f"{tenant.slug!r} has no domain {name[:253]!r}.")
    return domain


def remove_domain(tenant: Tenant, name: str) -> None:
    """From now on it serves nobody. Raises ParleyError ``domain_not_found``."""
    domain = get_domain(tenant, name)
    with transaction.atomic(SHARED):
        record(None, "domain.removed", f"tenant:{tenant.slug}", before={"domain": domain.domain})
        domain.delete()


def check_record(domain: Domain) -> Domain:
    """Look for its record now, which takes some seconds at most, and note what was found. Raises ParleyError
    ``domain_not_found`` if it was removed meanwhile."""
    before, now = domain.state, timezone.now()
    failure = "" if not domain.token else _failure(domain)[:_MOST_WORDS]
    domain.checked_at = now
    domain.failure = failure
    if not failure:
        domain.verified_at, domain.failed_at = domain.verified_at or now, None
    else:
        domain.failed_at = domain.failed_at or now
        if now - domain.failed_at > _PATIENCE:
            domain.verified_at = None
    found = {name: getattr(domain, name) for name in ("checked_at", "failure", "verified_at", "failed_at")}
    with transaction.atomic(SHARED):
        if not Domain.objects.filter(pk=domain.pk).update(**found):
            raise ParleyError(DOMAIN_NOT_FOUND, f"{domain.domain} was removed meanwhile.")
        if domain.state != before:
            told = {"domain": domain.domain, "state": domain.state, "failure": failure}
            record(None, "domain.checked", f"tenant:{domain.tenant.slug}", before={"state": before}, after=told)
    return domain


def _failure(domain: Domain) -> str:
    """Why the record does not prove anything; empty where it does."""
    name = record_name(domain)
    try:
        found = txt_records(name, server=settings.DNS_SERVER)
    except NoAnswer as why:
        return str(why)
    if domain.token in (text.strip() for text in found):
        return ""
    return f"{name} has other TXT records, none with the token." if found else f"{name} has no TXT record."


def recheck_domains() -> None:
    """Look for the record of every domain that has to have one."""
    for domain in Domain.objects.exclude(token="").select_related("tenant").order_by("pk").iterator():
        try:
            check_record(domain)
        except Exception:
            log.exception("domains.check_failed", domain=domain.domain)
