"""User: somebody who talks, by the customer's own id."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class User(models.Model):
    """``id`` is the customer's; a signed-in account's user carries the account's id in ``account_id``, which is no
    foreign key because accounts live outside this schema. Tokens issued before ``revoked_before`` are void.
    ``invisible`` users are shown as offline. ``data`` is the customer's own, at most 4 KiB. A bot speaks through an
    incoming webhook; a guest came by a ``guest_link``."""

    id = models.CharField(primary_key=True, max_length=128)
    name = models.CharField(max_length=120)
    avatar = models.CharField(max_length=2_000, blank=True, db_default="")
    data = models.JSONField(null=True, blank=True)
    account_id = models.CharField(max_length=32, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    deactivated_at = models.DateTimeField(null=True, blank=True)
    revoked_before = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    invisible = models.BooleanField(db_default=False)
    is_bot = models.BooleanField(db_default=False)
    guest_link = models.ForeignKey(
        "chat.GuestLink", on_delete=models.PROTECT, null=True, blank=True, related_name="guests", db_index=False
    )

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["guest_link"], condition=models.Q(guest_link__isnull=False), name="guests_of_link")
        ]

    def __str__(self) -> str:
        return self.name
