"""What a tenant uses of what it may. Other parts add theirs with ``on_usage``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from chat.models import Room, StorageUse
from chat.queries.usage import rooms_in_use
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tenants.usage import against_plan, usage_of_month


@dataclass(frozen=True, slots=True)
class Use:
    """``name`` is a column of the tenant's limits, or a figure without one: then ``limit`` is None. In bytes where
    the name says so."""

    name: str
    label: str
    used: int
    limit: int | None = None

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.limit)) if self.limit else 0


Reader = Callable[[Tenant], Iterable[Use]]
_readers: list[Reader] = []


def on_usage(reader: Reader) -> None:
    """Have ``reader(tenant)``, which is called within the tenant's scope, say more of what it uses."""
    _readers.append(reader)


def used_this_month(tenant: Tenant) -> Iterable[Use]:
    """What was counted of the month, minutes ago, and what is there now."""
    for meter in against_plan(tenant, usage_of_month(tenant.pk, datetime.now(UTC)), rooms_in_use(tenant)):
        if meter.name in _LABELS:
            yield Use(meter.name, _LABELS[meter.name], meter.used, meter.limit)


_LABELS = {
    "active_users": "Active users this month",
    "messages": "Messages this month",
    "peak_connections": "Most connections at once this month",
    "rooms": "Rooms",
    "seats": "Places in the team",
}


def usage_of(tenant: Tenant) -> list[Use]:
    """Read under the tenant's own role."""
    with tenant_scope(tenant):
        stored = StorageUse.objects.values_list("used_bytes", flat=True).first() or 0
        more = [use for read in _readers for use in read(tenant)]
    return [Use("storage_bytes", "Files", stored, tenant.storage_bytes), *more]


def last_activity_of(tenant: Tenant) -> datetime | None:
    """When something was last said there."""
    with tenant_scope(tenant):
        found: datetime | None = Room.objects.order_by("-active_at").values_list("active_at", flat=True).first()
    return found
