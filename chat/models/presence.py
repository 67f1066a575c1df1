"""Who is here: a row for each user and process that has a socket of the user's open. Both tables are unlogged: after a
crash of PostgreSQL they are empty, and the processes fill them again within seconds."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chat.models.users import User


class Presence(models.Model):
    """Worth something only while its process beats."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    process = models.CharField(max_length=16)

    class Meta:
        ordering = ["user", "process"]
        constraints = [models.UniqueConstraint(fields=["user", "process"], name="one_presence_per_process")]
        indexes = [models.Index(fields=["process"], name="presences_of_process")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.process}"


class ServingProcess(models.Model):
    """A process with sockets of this tenant. One whose last beat is long past is gone, and its users with it."""

    id = models.CharField(primary_key=True, max_length=16)
    beat_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.id
