"""Message: one durable event of a room. What people write is one kind; joining is another."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chat.models.rooms import Room
from chat.models.users import User
from kit.ids import uuid7


class MessageKind(models.TextChoices):
    MESSAGE = "message"
    MEMBER_JOINED = "member.joined"
    MEMBER_LEFT = "member.left"
    MEMBER_UPDATED = "member.updated"
    ROOM_UPDATED = "room.updated"


class Message(models.Model):
    """``seq`` is its place in the room for good. ``changed_seq`` is the seq of its latest change, so that a replay
    needs no second log. ``client_id`` is unique for a room and user: the same send again is the same message.

    Room and author are checked by the statement that stores, under the room's lock; PostgreSQL's own checks of the two
    keys would take a third of its time.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    room = models.ForeignKey(
        Room, on_delete=models.CASCADE, related_name="messages", db_index=False, db_constraint=False
    )
    seq = models.BigIntegerField()
    changed_seq = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=MessageKind.choices, db_default=MessageKind.MESSAGE)
    user = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    client_id = models.CharField(max_length=128, null=True, blank=True)
    text = models.TextField(blank=True, db_default="")
    data = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["room", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(fields=["user", "room", "client_id"], name="one_message_per_client_id"),
        ]
        indexes = [
            models.Index(
                fields=["room", "changed_seq"],
                condition=~models.Q(changed_seq=models.F("seq")),
                name="message_changes",
            )
        ]

    def __str__(self) -> str:
        return f"{self.room_id} #{self.seq}"
