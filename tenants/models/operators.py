"""What operators have: programs' keys, invitations, visits to tenants; and the platform's maintenance."""

from __future__ import annotations

from django.db import models

from kit.ids import opaque
from tenants.models.accounts import Account, OperatorRole
from tenants.models.tenants import SupportAccess, Tenant


class OperatorKey(models.Model):
    """A program that does an operator's work: at most what ``role`` may, and never more than ``account`` may by now.
    Found by ``prefix``, proven by the SHA-256 of the whole; the key itself is shown once and not kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="operator_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=24, unique=True)
    digest = models.CharField(max_length=64)
    role = models.CharField(max_length=16, choices=OperatorRole.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…"


def _invitation_id() -> str:
    return opaque("inv")


class OperatorInvitation(models.Model):
    """Whoever reads the mail of ``email`` may become an operator, once."""

    id = models.CharField(primary_key=True, max_length=32, default=_invitation_id, editable=False)
    email = models.EmailField(unique=True)
    role = models.CharField(max_length=16, choices=OperatorRole.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email


def _grant_id() -> str:
    return opaque("sup")


class SupportGrant(models.Model):
    """An operator's visit to a tenant's console: asked for, entered once, ended. ``mode`` is the most it may be; the
    tenant's own ``support_access`` holds at every request."""

    id = models.CharField(primary_key=True, max_length=32, default=_grant_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="support_grants")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="support_grants")
    reason = models.CharField(max_length=500)
    mode = models.CharField(max_length=8, choices=SupportAccess.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    entered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.tenant_id}"


class Maintenance(models.Model):
    """There is a row while the whole platform is in maintenance, and one only."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    reason = models.CharField(max_length=500, blank=True)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_maintenance", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return self.reason or "maintenance"
