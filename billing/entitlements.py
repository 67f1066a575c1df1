"""What a tenant may do: from what was bought and paid, what operators granted, and the clock. Nothing else."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from billing.customers import locked
from billing.gateway_stripe import gateway
from billing.models import Grant, Subscription
from billing.plans import PLANS
from kit.errors import INVALID, ParleyError
from tenants.audit import Actor, acting, record
from tenants.entitlement import change_entitlement, lock_tenant
from tenants.models import Account, AuditEntry, Tenant
from tenants.records import Limits, Service
from tenants.routers import SHARED
from tenants.terms import check_limits

log = structlog.get_logger(__name__)

BUYS = frozenset({"trialing", "active", "past_due", "unpaid"})
"""States of a subscription in which the tenant has its plan."""
FULL_FOR = timedelta(days=14)
READ_ONLY_FOR = timedelta(days=30)
KEPT_FOR = timedelta(days=90)
"""What is left, and for how long, from the first payment that failed. After the last of them operators decide."""


class Banner(enum.StrEnum):
    """What the console says above its pages."""

    TRIAL = "trial"
    ENDING = "ending"
    PAYMENT_FAILED = "payment_failed"
    READ_ONLY = "read_only"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Standing:
    """``until``: when what the banner says is over, and the next thing happens."""

    plan: str
    limits: Limits
    service: Service
    banner: str | None = None
    until: datetime | None = None


def standing_of(subscription: Subscription | None, grants: Iterable[Grant], now: datetime) -> Standing:
    """The latest grant in force counts, for plan and limits each; then the subscription; then the free plan. A granted
    plan is full service, whatever is unpaid."""
    bought = subscription if subscription is not None and subscription.status in BUYS else None
    in_force = sorted((grant for grant in grants if _in_force(grant, now)), key=attrgetter("granted_at", "pk"))
    granted_plan = next((grant.plan for grant in reversed(in_force) if grant.plan in PLANS), None)
    granted_limits: dict[str, Any] = next((grant.limits for grant in reversed(in_force) if grant.limits), {})
    plan = PLANS[granted_plan or (bought.plan if bought and bought.plan in PLANS else "free")]
    limits = plan.limits
    if bought is not None and granted_plan is None and bought.plan in PLANS:
        limits = replace(limits, seats=bought.seats)
    service, banner, until = _service(subscription, now)
    if granted_plan is not None:
        service, banner, until = Service.FULL, None, None
    return Standing(plan.name, replace(limits, **granted_limits), service, banner, until)


def _in_force(grant: Grant, now: datetime) -> bool:
    return grant.ended_at is None and (grant.ends_at is None or now < grant.ends_at)


def _service(subscription: Subscription | None, now: datetime) -> tuple[Service, Banner | None, datetime | None]:
    if subscription is None:
        return Service.FULL, None, None
    if subscription.unpaid_since is not None:
        return _dunning(subscription.unpaid_since, now)
    if subscription.status in BUYS and subscription.ends_at is not None:
        return Service.FULL, Banner.ENDING, subscription.ends_at
    if subscription.status == "trialing":
        return Service.FULL, Banner.TRIAL, subscription.trial_ends_at
    return Service.FULL, None, None


def _dunning(since: datetime, now: datetime) -> tuple[Service, Banner, datetime]:
    read_only, suspended = since + FULL_FOR, since + FULL_FOR + READ_ONLY_FOR
    if now < read_only:
        return Service.FULL, Banner.PAYMENT_FAILED, read_only
    if now < suspended:
        return Service.READ_ONLY, Banner.READ_ONLY, suspended
    return Service.SUSPENDED, Banner.SUSPENDED, suspended + KEPT_FOR


def standing(tenant: Tenant, now: datetime | None = None) -> Standing:
    """For pages, whatever the tenant's row says at the moment; but one that billing is not concerned with stands as its
    row says."""
    subscription, grants = _given(tenant.pk)
    due = standing_of(subscription, grants, now or timezone.now())
    if subscription or grants:
        return due
    own = {limit.name: getattr(tenant, limit.name) for limit in fields(Limits)}
    return replace(due, plan=tenant.plan, limits=Limits(**own))


def entitle(tenant_id: int, now: datetime) -> bool:
    """Bring the tenant's row in line with what it is entitled to; every process obeys within a moment. Whether anything
    changed. A tenant that never bought anything and was granted nothing keeps what operators gave its row."""
    with transaction.atomic(SHARED):
        tenant = lock_tenant(tenant_id)
        subscription, grants = _given(tenant_id)
        if tenant is None or not (subscription or grants):
            return False
        due = standing_of(subscription, grants, now)
        with acting(lambda: Actor(name="billing")):
            return change_entitlement(tenant, plan=due.plan, limits=due.limits, service=due.service, now=now)


def concerns_billing(tenant_id: int) -> bool:
    """Whether it ever bought anything or was granted something: then its row is billing's to write."""
    return any(_given(tenant_id))


def _given(tenant_id: int) -> tuple[Subscription | None, list[Grant]]:
    subscription = Subscription.objects.filter(tenant_id=tenant_id).first()
    return subscription, list(Grant.objects.filter(tenant_id=tenant_id))


def entitle_due(now: datetime) -> None:
    """Those for whom the clock alone changes something: who owes, and whose grant ended in the last day."""
    owing = set(Subscription.objects.filter(unpaid_since__isnull=False).values_list("tenant_id", flat=True))
    ended = Grant.objects.filter(ended_at__isnull=True, ends_at__gt=now - timedelta(days=1), ends_at__lte=now)
    _entitle_each(owing | set(ended.values_list("tenant_id", flat=True)), now)


def entitle_granted(now: datetime) -> None:
    """Those to whom something was granted: for grants that ended while nobody looked."""
    _entitle_each(set(Grant.objects.values_list("tenant_id", flat=True)), now)


def _entitle_each(tenant_ids: Iterable[int], now: datetime) -> None:
    """One for whom it fails keeps nobody else waiting."""
    for tenant_id in sorted(tenant_ids):
        try:
            entitle(tenant_id, now)
        except Exception:
            log.exception("billing.entitling_failed", tenant_id=tenant_id)


# By hand


def grant(
    tenant: Tenant,
    *,
    plan: str = "",
    limits: Mapping[str, int | None] | None = None,
    reason: str,
    ends_at: datetime | None = None,
    by: Account | None,
) -> Grant:
    """Give a plan, other limits than the plan's, or both, until ``ends_at``. Raises ParleyError ``invalid``."""
    limits = dict(limits or {})
    if not (plan or limits):
        raise ParleyError(INVALID, "Name a plan or limits.", errors=[{"field": "plan", "code": "required"}])
    if plan and plan not in PLANS:
        raise ParleyError(INVALID, f"There is no plan {plan[:32]!r}.", errors=[{"field": "plan", "code": "unknown"}])
    check_limits(limits)
    now = timezone.now()
    if ends_at is not None and ends_at <= now:
        raise ParleyError(INVALID, "It would be over.", errors=[{"field": "ends_at", "code": "past"}])
    with transaction.atomic(SHARED):
        made = Grant.objects.create(
            tenant=tenant, plan=plan, limits=limits, reason=reason, granted_by=by, ends_at=ends_at
        )
        _record(tenant, "grant.made", made, after=_told(made))
        entitle(tenant.pk, now)
    return made


def end_grant(grant: Grant, by: Account | None) -> None:
    """Take it back. Nothing happens to one that is over."""
    now = timezone.now()
    with transaction.atomic(SHARED):
        if Grant.objects.filter(pk=grant.pk, ended_at__isnull=True).filter(_not_over(now)).update(ended_at=now):
            _record(grant.tenant, "grant.ended", grant, before=_told(grant), after={"by": by.email if by else ""})
            entitle(grant.tenant_id, now)
    grant.refresh_from_db()


def grants_in_force(tenant: Tenant, now: datetime) -> list[Grant]:
    """The latest first."""
    grants = Grant.objects.filter(tenant=tenant, ended_at__isnull=True).filter(_not_over(now))
    return list(grants.order_by("-granted_at", "-pk"))


def _not_over(now: datetime) -> Q:
    return Q(ends_at__isnull=True) | Q(ends_at__gt=now)


def credit(tenant: Tenant, cents: int, currency: str, reason: str) -> None:
    """Take ``cents`` off what the tenant's next invoices cost. The same once more on one day is the same click, and
    written down once, as what Stripe calls it tells.

    Raises ParleyError ``tenant_state`` for a tenant that Stripe does not know, ``invalid``, ``unavailable``, ``busy``.
    """
    if cents <= 0:
        raise ParleyError(INVALID, "A credit is more than nothing.", errors=[{"field": "cents", "code": "min_value"}])
    key = f"{tenant.schema_name}:credit:{timezone.now():%Y-%m-%d}:{cents}:{currency}:{reason}"
    with locked(tenant=tenant) as customer:
        made = gateway().credit(customer.stripe_id, cents, currency, reason, key)
        known = AuditEntry.objects.filter(chain=tenant.schema_name, action="credit.given", after__transaction=made)
        if known.exists():
            return
        given = {"cents": cents, "currency": currency, "reason": reason, "transaction": made}
        for chain in (None, tenant):
            record(chain, "credit.given", f"tenant:{tenant.slug}", after=given)


def _record(tenant: Tenant, action: str, grant: Grant, **changes: Mapping[str, Any]) -> None:
    for chain in (None, tenant):
        record(chain, action, f"grant:{grant.pk}", **changes)


def _told(grant: Grant) -> dict[str, Any]:
    return {"plan": grant.plan, "limits": grant.limits, "reason": grant.reason, "ends_at": grant.ends_at}
