"""Room and Member. Membership is the authorisation."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chat.models.users import User
from kit.ids import opaque


class RoomKind(models.TextChoices):
    OPEN = "open"  # every user of the tenant may read and write
    PRIVATE = "private"  # members only
    DIRECT = "direct"  # a fixed set of people; the same set is the same room


class MemberRole(models.TextChoices):
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"


def _room_id() -> str:
    return opaque("r")


def _epoch() -> str:
    return opaque("e", 5)


class Room(models.Model):
    """``last_seq`` counts the room's durable events, each taken in the transaction that stores it. ``epoch`` changes
    when history is not the continuation of what clients saw, for instance after a restore."""

    id = models.CharField(primary_key=True, max_length=64, default=_room_id)
    kind = models.CharField(max_length=8, choices=RoomKind.choices, db_default=RoomKind.OPEN)
    name = models.CharField(max_length=120, blank=True, db_default="")
    topic = models.CharField(max_length=500, blank=True, db_default="")
    last_seq = models.BigIntegerField(db_default=0)
    epoch = models.CharField(max_length=16, default=_epoch)
    direct_key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    active_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-active_at", "id"]

    def __str__(self) -> str:
        return self.name or self.id


class Member(models.Model):
    """A user in a room, and how far the user has read."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    role = models.CharField(max_length=16, choices=MemberRole.choices, db_default=MemberRole.MEMBER)
    read_seq = models.BigIntegerField(db_default=0)
    joined_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_member_per_user")]
        indexes = [models.Index(fields=["user", "room"], name="memberships")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"
