"""Message: one durable event of a room. What people write is one kind; joining is another.

Beside it what a message was before (MessageEdit) and what people think of it (Reaction).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from chat.models.rooms import Room
from chat.models.users import User
from kit.ids import uuid7


class MessageKind(models.TextChoices):
    MESSAGE = "message"
    SYSTEM = "system"  # said by the tenant's server, by nobody in particular
    MEMBER_JOINED = "member.joined"
    MEMBER_LEFT = "member.left"
    MEMBER_UPDATED = "member.updated"
    ROOM_UPDATED = "room.updated"
    WITHHELD = "withheld"  # what somebody said who was shadow-blocked: its author alone is shown it


class Message(models.Model):
    """``seq`` is its place in the room for good. ``changed_seq`` is the seq of its latest change, so that a replay
    needs no second log. ``client_id`` is unique for a room and user: the same send again is the same message.

    ``html`` is the text's Markdown, rendered and sanitised; null where the text has none. ``reply_count`` and
    ``last_repliers`` count the thread below it, ``reactions`` sums up the rows of Reaction as they are shown,
    ``attachments`` repeats those of Upload: a page of history is one range scan.

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
    html = models.TextField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    mentions = ArrayField(models.CharField(max_length=128), db_default=[], blank=True)
    mentions_room = models.BooleanField(db_default=False)
    parent = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replies",
        db_index=False,
        db_constraint=False,
    )
    quoted = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    reply_count = models.IntegerField(db_default=0)
    last_repliers = ArrayField(models.CharField(max_length=128), db_default=[], blank=True)
    reactions = models.JSONField(db_default=[], blank=True)
    attachments = models.JSONField(db_default=[], blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)
    pinned_by = models.CharField(max_length=128, null=True, blank=True)
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
            ),
            models.Index(fields=["parent", "seq"], condition=models.Q(parent__isnull=False), name="message_replies"),
            models.Index(
                fields=["room", "pinned_at"], condition=models.Q(pinned_at__isnull=False), name="message_pins"
            ),
            models.Index(fields=["user", "id"], condition=models.Q(kind="withheld"), name="messages_withheld"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} #{self.seq}"


class MessageEdit(models.Model):
    """What a message said until ``edited_at``."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="edits")
    text = models.TextField(blank=True)
    data = models.JSONField(null=True, blank=True)
    edited_by = models.CharField(max_length=128, null=True, blank=True)
    edited_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.message_id} until {self.edited_at:%F %T}"


class Reaction(models.Model):
    """One person's one emoji on a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    emoji = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["message", "user", "emoji"], name="one_reaction_each")]

    def __str__(self) -> str:
        return self.emoji
