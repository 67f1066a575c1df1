"""AuditEntry: who did what."""

from __future__ import annotations

from django.db import models


class ActorKind(models.TextChoices):
    ACCOUNT = "account"  # somebody signed in
    SUPPORT = "support"  # an operator whom a tenant let in
    OPERATOR = "operator"
    KEY = "key"  # a server with an API key
    USER = "user"  # somebody in the conversation, by a token or as a guest
    SYSTEM = "system"  # a command line, a job


class AuditEntry(models.Model):
    """One action. Entries form chains, one for each tenant (named by its schema) and one for the platform: ``digest``
    covers the entry and ``previous``, the digest before it, so that what is changed or taken out shows. They outlive
    the tenant and whoever acted, so they refer to nothing. Nobody updates or deletes them, the application included.
    """

    PLATFORM = "platform"

    chain = models.CharField(max_length=63)
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=128, blank=True)
    actor_name = models.CharField(max_length=254, blank=True)
    on_behalf_of = models.CharField(max_length=500, blank=True)
    """For support: the reason that was given."""
    address = models.CharField(max_length=45, blank=True)
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=300, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="one_entry_per_place")]
        indexes = [models.Index(fields=["chain", "action", "number"], name="audit_by_action")]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}: {self.action}"


class AuditHead(models.Model):
    """How far a chain goes, so that a missing end shows too. Its row is locked by whoever adds to the chain."""

    chain = models.CharField(primary_key=True, max_length=63)
    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"
