"""Tenants' own domains: whether their records still say whose they are."""

from __future__ import annotations

from collections.abc import Iterator

from console.doctor.finding import Finding, ok, warn
from tenants.models import Domain


def check() -> Iterator[Finding]:
    failing = Domain.objects.filter(failed_at__isnull=False).order_by("domain")
    for domain in failing:
        yield warn(f"{domain}: {domain.failure}", "Its tenant has to set the TXT record that its console shows.")
    if not failing:
        yield ok(f"{Domain.objects.filter(verified_at__isnull=False).count()} domains are proven")
