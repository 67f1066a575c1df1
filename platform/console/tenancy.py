"""Tenants as operators make and change them: beneath both their console and their API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from billing.entitlements import concerns_billing
from billing.plans import PLANS
from console.granting import grant_terms
from console.tasks import mail_owner
from kit.errors import INVALID, ParleyError
from tenants.models import Account, Tenant
from tenants.provisioning import NewTenant, create_tenant
from tenants.routers import SHARED
from tenants.terms import LIMITS, change_terms


def open_tenant(slug: str, *, name: str, owner_email: str, plan: str, region: str = "") -> NewTenant:
    """One tenant, ready to chat; its owner is written to.

    Raises ParleyError as ``create_tenant`` does, and ``invalid`` for no plan of ours.
    """
    limits = _limits_of(plan)
    if len(region) > 80:
        raise ParleyError(INVALID, errors=[{"field": "region", "code": "too_long"}])
    with transaction.atomic(SHARED):  # the letter goes if the tenant is there, and else does not
        made = create_tenant(slug, name=name, owner_email=owner_email, plan=plan, region=region, limits=limits)
        mail_owner.defer(tenant_id=made.tenant.pk, account_id=made.owner.pk)
    return made


def change_tenant(slug: str, changes: Mapping[str, Any], by: Account | None = None) -> Tenant:
    """Change some of name, plan, limits, region, notes and ``paused``. With a plan come its limits, unless others are
    named. Where the tenant's plan and limits are billing's to say, they are granted ``by`` whoever changes them.

    Raises ParleyError ``tenant_not_found``, ``invalid``.
    """
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is not None and concerns_billing(tenant.pk):
        return _change_and_grant(tenant, changes, by)
    if "plan" in changes:
        changes = {**_limits_of(changes["plan"]), **changes}
    return change_terms(slug, changes)


def _change_and_grant(tenant: Tenant, changes: Mapping[str, Any], by: Account | None) -> Tenant:
    granted = {name: value for name, value in changes.items() if name == "plan" or name in LIMITS}
    with transaction.atomic(SHARED):
        changed = change_terms(tenant.slug, {name: value for name, value in changes.items() if name not in granted})
        if granted:
            grant_terms(tenant, granted, by)
            changed.refresh_from_db()
    return changed


def _limits_of(plan: str) -> dict[str, int | None]:
    if plan not in PLANS:
        raise ParleyError(INVALID, f"There is no plan {plan[:32]!r}.", errors=[{"field": "plan", "code": "unknown"}])
    return PLANS[plan].columns
