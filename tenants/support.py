"""Support: an operator in a tenant's console, with a reason and for a while.

A grant is made on the operators' console, entered once through a link that holds for a minute, and bound to the session
that it was entered with. Whether it still holds is asked at each request: the tenant may forbid support at any time.
"""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from kit.errors import INVALID, SUPPORT_FORBIDDEN, FieldError, ParleyError
from tenants.audit import Actor, acting, record
from tenants.models import Account, SupportAccess, SupportGrant, Tenant
from tenants.models.audit import ActorKind
from tenants.records import TenantRecord
from tenants.routers import SHARED

MOST_MINUTES = 30
SESSION_SUPPORT = "support"
"""In the session: the id of the grant that it was made for."""
_LINK_SECONDS = 60
_signer = signing.TimestampSigner(salt="parley.support")


def grant_support(tenant: Tenant, account: Account, *, reason: str, minutes: int, mode: str) -> SupportGrant:
    """Let an operator in, to ``view`` or to ``change``; the tenant's audit log says so.

    Raises ParleyError ``support_forbidden``, ``invalid``.
    """
    _check_allows(tenant, mode)
    if not reason.strip() or len(reason) > 500:
        raise ParleyError(INVALID, "Give a reason, of 500 characters at most.", errors=_at("reason"))
    if not 1 <= minutes <= MOST_MINUTES:
        raise ParleyError(INVALID, f"Support lasts 1 to {MOST_MINUTES} minutes.", errors=_at("minutes"))
    until = timezone.now() + timedelta(minutes=minutes)
    with transaction.atomic(SHARED):
        grant = SupportGrant.objects.create(
            tenant=tenant, account=account, reason=reason.strip(), mode=mode, expires_at=until
        )
        _record(grant, "support.granted", {"reason": grant.reason, "mode": mode, "until": until})
    return grant


def _check_allows(tenant: Tenant, mode: str) -> None:
    allowed = tenant.support_access
    if allowed == SupportAccess.NONE:
        raise ParleyError(SUPPORT_FORBIDDEN)
    if mode not in (SupportAccess.VIEW, SupportAccess.CHANGE) or (mode == SupportAccess.CHANGE and allowed != mode):
        raise ParleyError(SUPPORT_FORBIDDEN, "This organisation lets support look and not change.")


def _at(field: str) -> list[FieldError]:
    return [{"field": field, "code": "invalid"}]


def entry_url(grant: SupportGrant) -> str:
    """A link into the tenant's console, for a minute and for one visit."""
    return f"{grant.tenant.url}/support/{_signer.sign(grant.pk)}"


def enter(tenant: TenantRecord, token: str, address: str) -> SupportGrant | None:
    """Use a link up, from ``address``; None for one that is wrong, old, used or another tenant's."""
    try:
        grant_id = _signer.unsign(token, max_age=_LINK_SECONDS)
    except signing.BadSignature:
        return None
    found = _open().filter(pk=grant_id, tenant_id=tenant.id, entered_at__isnull=True)
    with transaction.atomic(SHARED):
        grant = found.select_for_update(of=("self",)).first()
        if grant is None or not _holds(grant):
            return None
        grant.entered_at = timezone.now()
        grant.save(update_fields=["entered_at"])
        with acting(lambda: visitor(grant, address)):
            _record(grant, "support.entered")
    return grant


def visitor(grant: SupportGrant, address: str) -> Actor:
    """Who acts under a grant, for the audit log."""
    return Actor(ActorKind.SUPPORT, grant.account_id, grant.account.email, address, grant.reason)


def grant_in_force(grant_id: str, tenant: TenantRecord) -> SupportGrant | None:
    """What a session of ``tenant`` was made for; one that has had its time, or that the tenant or the platform no
    longer allows, ends here."""
    grant = _open().filter(pk=grant_id, tenant_id=tenant.id, entered_at__isnull=False).first()
    if grant is None or _holds(grant):
        return grant
    end_support(grant)
    return None


def mode_of(grant: SupportGrant) -> SupportAccess:
    """What may be done by now: the tenant's word counts, and never more than was granted."""
    both = {grant.mode, grant.tenant.support_access}
    return SupportAccess.CHANGE if both == {SupportAccess.CHANGE} else SupportAccess.VIEW


def end_support(grant: SupportGrant) -> None:
    """Nothing happens where it has ended."""
    with transaction.atomic(SHARED):
        if _open().filter(pk=grant.pk).update(ended_at=timezone.now()):
            _record(grant, "support.ended")


def end_support_of(account: Account) -> None:
    """Every visit of somebody who is to be let in no more."""
    for grant in _open().filter(account=account):
        end_support(grant)


def end_expired_support() -> None:
    """Those whose operator has just gone away."""
    for grant in _open().filter(expires_at__lte=timezone.now()):
        end_support(grant)


def open_grants(account: Account, tenant: Tenant) -> QuerySet[SupportGrant]:
    """Those of ``account`` that can be entered, or are being used."""
    return _open().filter(Q(expires_at__gt=timezone.now()), account=account, tenant=tenant)


def _open() -> QuerySet[SupportGrant]:
    return SupportGrant.objects.select_related("tenant", "account").filter(ended_at__isnull=True)


def _holds(grant: SupportGrant) -> bool:
    in_time = grant.expires_at > timezone.now()
    return in_time and grant.account.is_operator and grant.tenant.support_access != SupportAccess.NONE


def _record(grant: SupportGrant, action: str, after: dict[str, object] | None = None) -> None:
    """In both chains: the tenant's own and the platform's."""
    told = {"operator": grant.account.email, **(after or {"reason": grant.reason})}
    record(grant.tenant, action, f"support:{grant.pk}", after=told)
    record(None, action, f"tenant:{grant.tenant.slug}", after={"grant": grant.pk, **told})
