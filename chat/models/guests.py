"""GuestLink: lets people without an account into one room, for some time."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chat.models.rooms import Room
from kit.ids import opaque


def _guest_link_id() -> str:
    return opaque("gl")


class GuestLink(models.Model):
    """In force until ``expires_at``, or until ``ended_at`` is set: when it was revoked, or its guests were let go after
    it had expired. Its token is in no column: see ``chat.guest_tokens``. ``name`` says what it is for, ``created_by``
    is null where the tenant's server made it. Its guests are the users that refer to it."""

    id = models.CharField(primary_key=True, max_length=32, default=_guest_link_id, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="guest_links", db_index=False)
    name = models.CharField(max_length=120, blank=True, db_default="")
    created_by = models.CharField(max_length=128, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    most_guests = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return self.name or self.id
