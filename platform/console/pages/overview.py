"""The first page of the operators' console. It reads what the processes noted and no tenant's schema: what it costs
does not grow with their number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse

from billing.gateway_stripe import has_stripe
from console.health import jobs, postgres_health, redis_health
from console.permits import OperatorPermit
from console.revenue import recurring, sold
from console.site import operators
from tenants.consoles.charts import Chart
from tenants.consoles.pages import Page
from tenants.figures import MEASURES, Noise, Over, noisiest, over_of, series
from tenants.models import Process, Tenant
from tenants.processes import SILENCE

_CHARTS = (
    ("messages", "Messages", True),
    ("deliveries", "Deliveries", True),
    ("connections", "Connections", False),
    ("errors", "Errors", True),
)


@operators.page
class Overview(Page):
    address = ""
    name = "index"
    label = "Overview"
    template = "console/overview.html"
    permit = OperatorPermit.PLATFORM_VIEW
    section = "Platform"
    icon = "space_dashboard"
    place = 10

    def context(self, **where: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        over = over_of(self.request.GET.get("over"))
        processes = [_Seen(process, now) for process in Process.objects.all()]
        points = series(None, over, now)
        shows_revenue = OperatorPermit.REVENUE_VIEW in self.permits
        minutes = points if over is Over.HOUR else series(None, Over.HOUR, now)
        return {
            "now": now,
            "over": over,
            "periods": list(Over),
            "minute": minutes[-1],
            "errors": sum(point.errors for point in minutes),
            "connections": sum(seen.process.connections for seen in processes if not seen.silent),
            "jobs": jobs(),
            "charts": [Chart(measure, title, points, summed) for measure, title, summed in _CHARTS],
            "tenants": tenants_by_state(),
            "noise": _noise(over, now),
            "postgres": postgres_health(),
            "redis": redis_health(),
            "processes": processes,
            "shows_revenue": shows_revenue,
            "has_stripe": has_stripe(),
            "revenue": recurring(sold()) if shows_revenue else None,
        }


def tenants_by_state() -> list[dict[str, Any]]:
    """One statement, for how many there ever are."""
    return list(Tenant.objects.order_by("status", "plan").values("status", "plan").annotate(count=Count("pk")))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A process as of ``now``."""

    process: Process
    now: datetime

    @property
    def age(self) -> int:
        """Seconds since its last beat."""
        return max(0, int((self.now - self.process.beat_at).total_seconds()))

    @property
    def silent(self) -> bool:
        return self.now - self.process.beat_at > SILENCE


@dataclass(frozen=True, slots=True)
class _Loud:
    """One line of those who make most of something."""

    noise: Noise
    amount: int
    address: str


def _noise(over: Over, now: datetime) -> list[tuple[str, list[_Loud]]]:
    found = noisiest(over, now)
    table = reverse("operators:tenants_tenant_changelist")
    return [
        (measure, [_Loud(noise, getattr(noise, measure), f"{table}?q={noise.slug}") for noise in found[measure]])
        for measure in MEASURES
    ]
