"""A tenant's later life: suspended, resumed, marked for deletion, removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kit.errors import TENANT_NOT_FOUND, TENANT_STATE, ParleyError
from tenants.audit import record
from tenants.certificates import certify_removal
from tenants.models import AuditEntry, Tenant
from tenants.records import TenantStatus
from tenants.retention import LegalHold, read_retention
from tenants.routers import SHARED
from tenants.schemas import drop_schema

log = structlog.get_logger(__name__)

_on_removal: list[Callable[[Tenant], None]] = []


def on_removal(remove: Callable[[Tenant], None]) -> None:
    """Have ``remove(tenant)`` clear what a tenant left outside PostgreSQL, before its row goes."""
    _on_removal.append(remove)


def get_tenant(slug: str) -> Tenant:
    """Raises ParleyError ``tenant_not_found``."""
    try:
        tenant: Tenant = Tenant.objects.get(slug=slug)
    except Tenant.DoesNotExist:
        raise ParleyError(TENANT_NOT_FOUND, f"There is no tenant {slug!r}.") from None
    return tenant


def suspend(slug: str, reason: str = "") -> Tenant:
    """Refuse its people and close their sockets; keep its data."""
    allowed = {TenantStatus.ACTIVE, TenantStatus.SUSPENDED}
    return _move(slug, allowed, TenantStatus.SUSPENDED, "tenant.suspended", status_reason=reason)


def resume(slug: str) -> Tenant:
    """Let its people in again; also the undo of ``request_deletion`` while the grace lasts. Raises ParleyError
    ``tenant_state`` for one that has moved away: it lives there now."""
    changes = {"status_reason": "", "delete_after": None}
    return _move(slug, set(TenantStatus) - {TenantStatus.MOVED}, TenantStatus.ACTIVE, "tenant.resumed", **changes)


def request_deletion(slug: str) -> Tenant:
    """Close it at once and remove it after ``TENANT_GRACE_DAYS``; until then its slug stays taken. Raises ParleyError
    ``tenant_state`` while a legal hold is on any of it."""
    check_no_hold(get_tenant(slug))
    due = timezone.now() + timedelta(days=settings.TENANT_GRACE_DAYS)
    return _move(slug, set(TenantStatus), TenantStatus.DELETING, "tenant.closed", delete_after=due)


def check_no_hold(tenant: Tenant) -> None:
    """Raises ParleyError ``tenant_state``."""
    if read_retention(tenant.retention).hold != LegalHold():
        raise ParleyError(TENANT_STATE, f"{tenant.slug!r} is under a legal hold: nothing of it is removed.")


def remove(tenant: Tenant) -> AuditEntry | None:
    """Remove everything of it, now: schema, role, keys, domains, memberships, files, cache. Returns the entry that
    certifies it (``tenants.certificates``); None where somebody else was quicker. Raises ParleyError ``tenant_state``
    while a legal hold is on any of it.

    What is outside PostgreSQL goes first, then schema and rows in one transaction. Safe to run twice at once, and
    again after a crash, which ``remove_due`` sees to.
    """
    check_no_hold(tenant)
    doomed = Tenant.objects.filter(pk=tenant.pk)
    doomed.update(status=TenantStatus.DELETING.value, delete_after=timezone.now())
    for clear in _on_removal:
        clear(tenant)
    with transaction.atomic(SHARED):
        row = doomed.select_for_update().first()
        if row is None:
            return None
        certificate = certify_removal(row)
        drop_schema(row.schema_name)
        row.delete()
    log.info("tenants.removed", slug=tenant.slug)
    return certificate


def remove_due() -> int:
    """Remove every tenant whose grace is over. Returns how many went; what could not be is tried again next time."""
    due = list(Tenant.objects.filter(status=TenantStatus.DELETING.value, delete_after__lte=timezone.now()))
    return sum(_removed(tenant) for tenant in due)


def _removed(tenant: Tenant) -> bool:
    try:
        remove(tenant)
    except Exception:
        log.exception("tenants.removal_failed", slug=tenant.slug)
        return False
    return True


def _move(slug: str, allowed: set[TenantStatus], to: TenantStatus, action: str, **changes: object) -> Tenant:
    with transaction.atomic(SHARED):
        tenant: Tenant | None = Tenant.objects.select_for_update().filter(slug=slug).first()
        if tenant is None:
            raise ParleyError(TENANT_NOT_FOUND, f"There is no tenant {slug!r}.")
        if TenantStatus(tenant.status) not in allowed or _grace_is_over(tenant):
            raise ParleyError(TENANT_STATE, f"{slug!r} is {tenant.status}: it cannot become {to.value} now.")
        if tenant.moved_to and to is TenantStatus.ACTIVE:
            raise ParleyError(TENANT_STATE, f"{slug!r} lives at {tenant.moved_to} now.")
        after = {**changes, "status": to.value}
        before = {field: getattr(tenant, field) for field in after}
        for field, value in after.items():
            setattr(tenant, field, value)
        if after != before:
            tenant.save()
            record(None, action, f"tenant:{slug}", before=before, after=after)
    return tenant


def _grace_is_over(tenant: Tenant) -> bool:
    return tenant.delete_after is not None and tenant.delete_after <= timezone.now()
