"""How a tenant stands here while it moves away: written, read alone, closed; and back again.

It is closed before the other place is asked to open it, and opened again only when that says that it did not: at no
moment can it be written at both.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from kit.errors import TENANT_STATE, ParleyError
from tenants.audit import record
from tenants.entitlement import lock_tenant
from tenants.fleet import turn_if_free
from tenants.models import MoveStep, Tenant, TenantMove
from tenants.portability.changes import Changes
from tenants.records import TenantStatus
from tenants.routers import SHARED

log = structlog.get_logger(__name__)
_FORGOTTEN_AFTER = timedelta(days=1)


def begin_cut(move: TenantMove) -> None:
    """Everything can be read, nothing written: each process is told so, and PostgreSQL sees to it. Raises ParleyError
    ``busy``."""
    with transaction.atomic(SHARED):
        tenant = _locked(move)
        move.step, move.was_paused = MoveStep.CUT, tenant.paused
        move.save()
        Tenant.objects.filter(pk=tenant.pk).update(paused=True)
    Changes(move.tenant.schema_name).close()


def close(move: TenantMove, url: str) -> None:
    """Its people are sent to ``url``. Raises ParleyError ``tenant_state`` where it was suspended or deleted
    meanwhile."""
    with transaction.atomic(SHARED):
        _locked(move)
        _change(move, "tenant.moved", status=TenantStatus.MOVED.value, moved_to=url)
        move.step = MoveStep.CLOSED
        move.save()


def come_back(move: TenantMove) -> None:
    """It is written here as before; what changes goes on to be noted. The caller knows that it is not open over there.
    Raises ParleyError ``busy``."""
    if move.step in (MoveStep.CUT, MoveStep.CLOSED):
        Changes(move.tenant.schema_name).reopen()
    with transaction.atomic(SHARED):
        if move.step == MoveStep.CLOSED:
            _change(move, "tenant.move_undone", status=TenantStatus.ACTIVE.value, moved_to="")
        if move.step in (MoveStep.CUT, MoveStep.CLOSED):
            Tenant.objects.filter(pk=move.tenant.pk).update(paused=move.was_paused)
        move.step = MoveStep.FOLLOWING
        move.save(update_fields=["step"])


def stay(move: TenantMove) -> None:
    """As if it had never been about to move. Raises ParleyError ``busy``."""
    come_back(move)
    Changes(move.tenant.schema_name).end()
    move.delete()


def bring_back() -> int:
    """Whose command was killed is written again; what nobody went on with for a day is over. One that is closed waits
    for somebody who asks the other place. Returns how many came back."""
    came = 0
    for move in TenantMove.objects.exclude(step=MoveStep.CLOSED).select_related("tenant"):
        with turn_if_free(move.tenant.schema_name) as ours:
            if ours:
                move.refresh_from_db(fields=["step", "was_paused", "touched_at"])
                came += _brought_back(move)
    return came


def _brought_back(move: TenantMove) -> bool:
    is_over = move.touched_at < timezone.now() - _FORGOTTEN_AFTER
    if not is_over and move.step not in (MoveStep.HOLDING, MoveStep.CUT):
        return False
    log.warning("portability.move_brought_back", tenant=move.tenant.slug, step=move.step)
    try:
        (stay if is_over else come_back)(move)
    except ParleyError:
        log.exception("portability.bringing_back_failed", tenant=move.tenant.slug)
        return False
    return True


def _locked(move: TenantMove) -> Tenant:
    tenant = lock_tenant(move.tenant.pk)
    if tenant is None or tenant.status != TenantStatus.ACTIVE:
        raise ParleyError(TENANT_STATE, f"{move.tenant.slug!r} is not active: that cannot be moved.")
    return tenant


def _change(move: TenantMove, action: str, **changes: str) -> None:
    tenant = move.tenant
    Tenant.objects.filter(pk=tenant.pk).update(**changes)
    for chain in (tenant, None):
        record(chain, action, f"tenant:{tenant.slug}", after=changes)
