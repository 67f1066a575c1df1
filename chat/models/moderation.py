"""What moderators decide of a person: Mute and Block hold now, Decision is how it came to that. Bans are with rooms."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from chat.models.rooms import Room
from chat.models.users import User
from kit.ids import uuid7


class Mute(models.Model):
    """A user who may read in a room and not write, until ``until`` or for good."""

    pk = models.CompositePrimaryKey("room_id", "user_id")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="mutes", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"


class Block(models.Model):
    """A user who may not come in anywhere, until ``until`` or for good. With a ``shadow`` the user notices nothing:
    what is sent is acknowledged, and kept as a ``withheld`` message that its author alone is shown."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="block")
    shadow = models.BooleanField(db_default=False)
    until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.user_id} ({'shadow' if self.shadow else 'block'})"


class Act(models.TextChoices):
    """What can be decided."""

    DISMISSED = "dismissed", "Report dismissed"
    RESOLVED = "resolved", "Report resolved"
    DELETED = "deleted", "Message deleted"
    WARNED = "warned", "Warned"
    MUTED = "muted", "Muted"
    UNMUTED = "unmuted", "Unmuted"
    BANNED = "banned", "Banned from a room"
    UNBANNED = "unbanned", "Ban lifted"
    BLOCKED = "blocked", "Blocked everywhere"
    SHADOW_BLOCKED = "shadow_blocked", "Shadow-blocked"
    UNBLOCKED = "unblocked", "Block lifted"
    REFUSED = "refused", "Text refused"
    NOTED = "noted", "Note"


class Decision(models.Model):
    """Something that was decided of a ``user``, perhaps because of a message that somebody reported. ``rule`` names the
    automatic rule that did it; without one it was ``decided_by``, an account or a user, whose name is kept as it was,
    or the tenant's server. Its ids sort by the time of its making."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    act = models.CharField(max_length=16, choices=Act.choices)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="decisions", db_index=False)
    room_id = models.CharField(max_length=64, null=True)
    message_id = models.UUIDField(null=True)
    reports = ArrayField(models.UUIDField(), db_default=[], blank=True)
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=1_000, blank=True, db_default="")
    rule = models.CharField(max_length=32, blank=True, db_default="")
    decided_by = models.CharField(max_length=128, null=True, blank=True)
    decider = models.CharField(max_length=120, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="decisions_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.act}"
