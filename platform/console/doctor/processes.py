"""Who serves and who works, by their beats."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F
from django.db.models.functions import Now

from console.doctor.finding import Finding, fail, ok, warn
from tenants.models import Process
from tenants.processes import SILENCE


def check() -> Iterator[Finding]:
    alive = Process.objects.filter(beat_at__gte=Now() - SILENCE)
    for process in Process.objects.filter(beat_at__lt=Now() - SILENCE).annotate(silent_for=Now() - F("beat_at")):
        seconds = process.silent_for.total_seconds()
        yield warn(f"{process} is silent for {seconds:.0f} s", "It was killed, or hangs: see its log.")
    for kind, advice in ((Process.Kind.SERVER, "manage.py serve"), (Process.Kind.WORKER, "manage.py worker")):
        count = alive.filter(kind=kind).count()
        yield ok(f"{count} of kind {kind.value}") if count else fail(f"None of kind {kind.value} runs", advice)
    versions = sorted(set(alive.values_list("version", flat=True)))
    if len(versions) > 1:
        yield warn(f"Several versions run: {', '.join(versions)}", "End the upgrade: restart those that are old.")
