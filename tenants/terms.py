"""What operators set of a tenant: its name, plan, limits, region, notes, and maintenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from kit.errors import INVALID, TENANT_NOT_FOUND, FieldError, ParleyError
from tenants.audit import record
from tenants.directory import directory
from tenants.models import Tenant
from tenants.reached import judge
from tenants.records import Limits
from tenants.routers import SHARED

LIMITS: Final = tuple(limit.name for limit in fields(Limits))
OPTIONAL_LIMITS: Final = frozenset(limit.name for limit in fields(Limits) if limit.default is None)
Limited = Mapping[str, int | None]
_TERMS: Final = frozenset({"name", "plan", "region", "notes", "paused", *LIMITS})


_plans: list[Callable[[str], Limited]] = []


def on_plan(read: Callable[[str], Limited]) -> None:
    """Have ``read(name)`` say what a plan lets a tenant use: plans are made above here."""
    _plans.append(read)


def limits_of_plan(name: str) -> Limited:
    return {limit: value for read in _plans for limit, value in read(name).items()}


def change_terms(slug: str, changes: Mapping[str, Any]) -> Tenant:
    """Change some of them; the others stay. Every process hears of it.

    Raises ParleyError ``tenant_not_found``, ``invalid``.
    """
    assert changes.keys() <= _TERMS
    with transaction.atomic(SHARED):
        tenant: Tenant | None = Tenant.objects.select_for_update(no_key=True).filter(slug=slug).first()
        if tenant is None:
            raise ParleyError(TENANT_NOT_FOUND, f"There is no tenant {slug!r}.")
        before = {name: getattr(tenant, name) for name in changes if getattr(tenant, name) != changes[name]}
        if before:
            _change(tenant, {name: changes[name] for name in before})
            judge(timezone.now(), tenant)
            after = {name: changes[name] for name in before}
            record(None, "tenant.changed", f"tenant:{slug}", before=before, after=after)
    directory.forget(tenant.pk)
    return tenant


def check_limits(limits: Mapping[str, Any]) -> None:
    """Whether a tenant could have them. Raises ParleyError ``invalid``."""
    unknown = limits.keys() - set(LIMITS)
    if unknown:
        raise ParleyError(INVALID, errors=[{"field": name, "code": "unknown"} for name in sorted(unknown)])
    errors = _faults(Tenant(**limits), set(limits))
    if errors:
        raise ParleyError(INVALID, errors=errors)


def _change(tenant: Tenant, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(tenant, name, value.strip() if name == "name" else value)
    errors = _faults(tenant, set(changes))
    if errors:
        raise ParleyError(INVALID, errors=errors)
    tenant.save(update_fields=list(changes))


def _faults(tenant: Tenant, names: set[str]) -> list[FieldError]:
    kept = [field.name for field in tenant._meta.fields if field.name not in names]
    try:
        tenant.clean_fields(exclude=kept)
        for constraint in tenant._meta.constraints:
            constraint.validate(type(tenant), tenant)
    except ValidationError as error:
        named = error.error_dict if hasattr(error, "error_dict") else {"limits": error.error_list}
        return [{"field": name, "code": str(faults[0].code or "invalid")} for name, faults in named.items()]
    return []
