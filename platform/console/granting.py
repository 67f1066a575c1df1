"""Plan and limits of a tenant that billing looks after: what an operator sets is a grant, which no payment undoes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from billing.entitlements import end_grant, grant, grants_in_force, standing
from billing.plans import PLANS
from kit.errors import INVALID, ParleyError
from tenants.models import Account, Tenant

_REASON: Final = "Set by hand."


def grant_terms(tenant: Tenant, changes: Mapping[str, Any], by: Account | None) -> None:
    """``changes``: a plan, limits, or both. Limits that were granted before stay, but for another plan."""
    now = datetime.now(UTC)
    before = [each for each in grants_in_force(tenant, now) if each.limits]
    if "plan" in changes:
        limits = _other_than(_columns_of(changes["plan"]), changes)
        grant(tenant, plan=changes["plan"], limits=limits, reason=_REASON, by=by)
        for each in before:
            end_grant(each, by)
    elif limits := _other_than(asdict(standing(tenant, now).limits), changes):
        kept = before[0].limits if before else {}
        grant(tenant, limits={**kept, **limits}, reason=_REASON, by=by)


def _columns_of(plan: str) -> dict[str, int | None]:
    if plan not in PLANS:
        raise ParleyError(INVALID, f"There is no plan {plan[:32]!r}.", errors=[{"field": "plan", "code": "unknown"}])
    return PLANS[plan].columns


def _other_than(columns: Mapping[str, int | None], changes: Mapping[str, Any]) -> dict[str, int | None]:
    return {name: value for name, value in changes.items() if name != "plan" and value != columns[name]}
