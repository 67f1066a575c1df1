"""Work on many people, or on all that is known of one: importing them from a file, erasing one of them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from kit.ids import opaque


def _import_id() -> str:
    return opaque("imp")


class UserImport(models.Model):
    """A file of people on its way in. ``position`` is the byte up to which its rows are in the tables and ``line`` the
    line that ends there, so that whoever goes on does so behind them; ``leased_until`` is how long somebody is at work
    on it, ``attempts`` how often somebody was since it got further. ``failure`` says why it was given up."""

    class State(models.TextChoices):
        LOOKED_AT = "looked_at"  # nothing is done before somebody says so
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=32, default=_import_id, editable=False)
    file_name = models.CharField(max_length=120)
    size = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, db_default=State.LOOKED_AT)
    position = models.BigIntegerField(db_default=0)
    line = models.IntegerField(db_default=0)
    saved = models.IntegerField(db_default=0)
    faulty = models.IntegerField(db_default=0)
    failure = models.CharField(max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.SmallIntegerField(db_default=0)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name


class ImportFault(models.Model):
    """A line that is not in, or not wholly, and why."""

    pk = models.CompositePrimaryKey("user_import_id", "line")
    user_import = models.ForeignKey(UserImport, on_delete=models.CASCADE, related_name="faults", db_index=False)
    line = models.IntegerField()
    user = models.CharField(max_length=128, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["line"]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"


class Erasure(models.Model):
    """A person of whom nothing is to be left. ``digest`` is of the person's id, which ``user`` holds until it is done:
    tokens for that id from before ``ended_at`` are void. ``stand_in`` is the user who stands where the person stood.
    The pause between ``attempts`` grows with them."""

    digest = models.CharField(primary_key=True, max_length=64)
    user = models.CharField(max_length=128, blank=True)
    stand_in = models.CharField(max_length=32)
    removes_messages = models.BooleanField()
    total = models.IntegerField(db_default=0)
    done = models.IntegerField(db_default=0)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.SmallIntegerField(db_default=0)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return self.stand_in
