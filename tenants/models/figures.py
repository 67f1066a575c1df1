"""What the platform knows of its running: the processes, what they counted, and what each tenant used."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tenants.models.tenants import Tenant


class Process(models.Model):
    """One that serves or works, as of its last beat. One that is silent is gone: see ``tenants.processes``."""

    class Kind(models.TextChoices):
        SERVER = "server"
        WORKER = "worker"

    id = models.CharField(primary_key=True, max_length=32)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    version = models.CharField(max_length=40)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_default=Now())
    connections = models.PositiveIntegerField(default=0)
    loop_lag_ms = models.FloatField(default=0)
    """How late its event loop came to what was due, 99th percentile since the last beat."""
    memory_bytes = models.PositiveBigIntegerField(default=0)
    crowds = models.JSONField(default=dict, db_default={})
    """Sockets that are open now, by the tenant's schema."""

    class Meta:
        ordering = ["kind", "host", "started_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pid} on {self.host}"


class Figure(models.Model):
    """What was counted in a minute, hour or day (UTC) that began ``at``, of a tenant or, without one, of the whole
    platform. From the processes' memory: one that is killed takes its last seconds with it. ``connections`` is the most
    in one minute, in which each process counts its own most."""

    class Span(models.TextChoices):
        MINUTE = "minute"
        HOUR = "hour"
        DAY = "day"

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    span = models.CharField(max_length=6, choices=Span.choices)
    at = models.DateTimeField()
    messages = models.PositiveBigIntegerField(default=0)
    deliveries = models.PositiveBigIntegerField(default=0)
    errors = models.PositiveBigIntegerField(default=0)
    embeds = models.PositiveBigIntegerField(default=0)
    connections = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "span", "at"], nulls_distinct=False, name="one_figure_per_span")
        ]
        indexes = [models.Index(fields=["span", "at"], name="figures_by_time")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.span} {self.at:%F %T}"


class Usage(models.Model):
    """What a tenant used in the ``hour`` that began then (UTC). ``messages`` and ``active_users`` are counted from the
    messages themselves; ``active_users`` are those of the month, up to the end of the hour. Once it is ``final``,
    nothing can come to the hour any more and the row stays as it is."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="usage", db_index=False)
    hour = models.DateTimeField()
    messages = models.PositiveBigIntegerField(default=0)
    active_users = models.PositiveBigIntegerField(default=0)
    peak_connections = models.PositiveBigIntegerField(default=0)
    stored_bytes = models.PositiveBigIntegerField(default=0)
    final = models.BooleanField(default=False)

    class Meta:
        ordering = ["hour"]
        constraints = [models.UniqueConstraint(fields=["tenant", "hour"], name="one_usage_per_hour")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.hour:%F %T}"


class ActiveUser(models.Model):
    """Somebody who wrote in the ``month``, counted once for it. ``person`` is a digest of the user's id: it says who it
    is to nobody. ``first_hour`` and ``latest_hour`` are the first and the latest in which he or she wrote."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    person = models.UUIDField()
    first_hour = models.DateTimeField()
    latest_hour = models.DateTimeField()

    class Meta:
        ordering = ["first_hour"]
        constraints = [models.UniqueConstraint(fields=["tenant", "month", "person"], name="one_active_user_per_month")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.month:%Y-%m}"
