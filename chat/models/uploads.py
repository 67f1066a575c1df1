"""Upload: a file that somebody handed in, and the message that it belongs to once it is sent."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chat.models.messages import Message
from chat.models.users import User
from kit.ids import opaque


def _upload_id() -> str:
    return opaque("up")


class Upload(models.Model):
    """``path`` is its place in the storage, below the tenant's own folder. Without a ``message`` after a day it is an
    orphan. ``discarded_at`` is when its message was deleted: from then on nobody gets it, and soon the file goes.
    ``width``, ``height``, ``blurhash`` and ``thumbnail`` (a path, too) are an image's.

    Triggers on the messages keep ``message`` and ``discarded_at``: see ``chat/migrations/0010_uploads.py``.
    """

    id = models.CharField(primary_key=True, max_length=32, default=_upload_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    path = models.CharField(max_length=300)
    thumbnail = models.CharField(max_length=300, blank=True, db_default="")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    blurhash = models.CharField(max_length=64, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    discarded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(message__isnull=True), name="unattached_uploads")
        ]

    def __str__(self) -> str:
        return self.name


class StorageUse(models.Model):
    """One row: how many bytes the tenant's uploads take, counted by the statements that add and remove them."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    used_bytes = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="one_storage_use", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.used_bytes} bytes"
