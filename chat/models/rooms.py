"""Room, Member and Ban. Membership is the authorisation."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower, Now

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
    """``last_seq`` counts the room's durable events, each taken in the transaction that stores it. From ``first_seq``
    on its history is whole: what came before has been removed (see ``chat.commands.retention``). ``epoch`` changes when
    history is not the continuation of what clients saw, for instance after a restore. ``frozen_at``: only
    moderators, owners and the server write. ``slow_seconds``: the least pause between two messages of a member.
    ``data`` is the customer's own, at most 4 KiB."""

    id = models.CharField(primary_key=True, max_length=64, default=_room_id)
    kind = models.CharField(max_length=8, choices=RoomKind.choices, db_default=RoomKind.OPEN)
    name = models.CharField(max_length=120, blank=True, db_default="")
    topic = models.CharField(max_length=500, blank=True, db_default="")
    picture = models.CharField(max_length=2_000, blank=True, db_default="")
    data = models.JSONField(null=True, blank=True)
    last_seq = models.BigIntegerField(db_default=0)
    first_seq = models.BigIntegerField(db_default=1)
    epoch = models.CharField(max_length=16, default=_epoch)
    direct_key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())
    active_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    slow_seconds = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        ordering = ["-active_at", "id"]
        indexes = [models.Index(Lower("name"), name="rooms_by_name")]

    def __str__(self) -> str:
        return self.name or self.id


class Member(models.Model):
    """A user in a room, and how far the user has read. ``muted``: the user wants no notice of it. ``sent_at`` is noted
    in rooms with a slow mode."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    role = models.CharField(max_length=16, choices=MemberRole.choices, db_default=MemberRole.MEMBER)
    read_seq = models.BigIntegerField(db_default=0)
    muted = models.BooleanField(db_default=False)
    joined_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_member_per_user")]
        indexes = [models.Index(fields=["user", "room"], name="memberships")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"


class Ban(models.Model):
    """A user who may neither read nor write in a room nor come back, until ``until`` or for good."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="bans", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    until = models.DateTimeField(null=True, blank=True)
    banned_by = models.CharField(max_length=128, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_ban_per_user")]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.room_id}"
