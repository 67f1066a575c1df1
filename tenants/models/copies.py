"""TenantCopy: an export, an import or a clone of a tenant that an operator asked for."""

from __future__ import annotations

from django.db import models

from kit.ids import opaque
from tenants.models.tenants import Tenant


def _copy_id() -> str:
    return opaque("copy")


class TenantCopy(models.Model):
    """``tenant`` is what it is taken from, ``made`` what came of it; either may be gone since. An import reads the file
    that was handed in, or that of the export ``source``. The file lies in so many ``pieces``, of which ``arrived``
    bytes are here. Nobody but the bearer of the lease is at work on it."""

    class Kind(models.TextChoices):
        EXPORT = "export"
        IMPORT = "import"
        CLONE = "clone"

    class State(models.TextChoices):
        ARRIVING = "arriving"
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        EXPIRED = "expired"

    UNDER_WAY = (State.QUEUED, State.RUNNING)

    id = models.CharField(primary_key=True, max_length=32, default=_copy_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    tenant = models.ForeignKey(Tenant, on_delete=models.SET_NULL, null=True, related_name="copies")
    made = models.ForeignKey(Tenant, on_delete=models.SET_NULL, null=True, related_name="+")
    source = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    slug = models.CharField(max_length=32, blank=True)
    """Of what is to be made; empty: as the file has it."""
    masked = models.BooleanField(default=False)
    asked_by = models.CharField(max_length=254)
    file_name = models.CharField(max_length=255, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    pieces = models.PositiveIntegerField(default=0)
    arrived = models.BigIntegerField(default=0)
    step = models.CharField(max_length=63, blank=True)
    steps = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True)
    left = models.JSONField(default=list)
    """In words: what was in the old place and is not in the new one."""
    attempts = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
