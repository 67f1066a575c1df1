"""Report: somebody tells the moderators of a message."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chat.models.messages import Message
from chat.models.rooms import Room
from chat.models.users import User
from kit.ids import uuid7


class ReportReason(models.TextChoices):
    SPAM = "spam"
    ABUSE = "abuse"
    HARM = "harm"
    OTHER = "other"


class Resolution(models.TextChoices):
    DISMISSED = "dismissed"  # there is nothing to it
    ACTED = "acted"  # something was done about it


class Report(models.Model):
    """Open until it has a ``resolution``. Its ids sort by the time of its making. ``resolved_by`` is null where the
    tenant's server did it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reports", db_index=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="reports", db_index=False)
    reporter = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=8, choices=ReportReason.choices)
    note = models.CharField(max_length=1_000, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    resolution = models.CharField(max_length=16, choices=Resolution.choices, null=True, blank=True)
    resolved_by = models.CharField(max_length=128, null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "reporter"],
                condition=models.Q(resolution__isnull=True),
                name="one_open_report_each",
            )
        ]
        indexes = [models.Index(fields=["message"], name="reports_of_message")]

    def __str__(self) -> str:
        return f"{self.reason}: {self.message_id}"
