"""TenantMove: a tenant that is on its way to another installation."""

from __future__ import annotations

from django.db import models

from tenants.models.tenants import Tenant


class MoveStep(models.TextChoices):
    """How far it is. While ``HOLDING`` its webhooks wait; in ``CUT`` it is read and not written; once ``CLOSED`` it may
    be open over there."""

    COPYING = "copying"
    FOLLOWING = "following"
    HOLDING = "holding"
    CUT = "cut"
    CLOSED = "closed"


class TenantMove(models.Model):
    """What whoever goes on with it has to know. ``schema_there`` names what it becomes at the other place,
    ``was_paused`` whether it was in maintenance before."""

    tenant = models.OneToOneField(Tenant, models.CASCADE, primary_key=True, related_name="move")
    step = models.CharField(max_length=16, choices=MoveStep.choices, default=MoveStep.COPYING)
    schema_there = models.CharField(max_length=63, blank=True)
    was_paused = models.BooleanField(default=False)
    touched_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.step}"
