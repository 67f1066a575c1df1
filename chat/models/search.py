"""What search looks things up in: blocks of messages with the words that are in them; how far each room has come."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from chat.models.rooms import Room

BLOCK = 16
"""Messages in a block. With texts of 8,000 characters the words of so many fit into a tsvector, whose most is 1 MiB."""


class SearchBlock(models.Model):
    """The words of a room's messages from seq ``number * BLOCK`` on. ``since`` and ``until`` are the times of the first
    and the last of them. It may know words that were edited away or deleted since: whoever looks up a block reads the
    messages as well."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    words = SearchVectorField()

    class Meta:
        ordering = ["room", "number"]
        constraints = [models.UniqueConstraint(fields=["room", "number"], name="one_block_per_number")]
        indexes = [
            models.Index(fields=["room", "until", "id"], name="blocks_of_room"),
            models.Index(fields=["until", "id"], name="blocks_by_time"),
            GinIndex(fields=["words"], name="blocks_by_word"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} block {self.number}"


class IndexedRoom(models.Model):
    """The room's durable events up to ``seq`` are in its blocks, as ``language`` splits their texts into words."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, primary_key=True, related_name="+")
    seq = models.BigIntegerField()
    language = models.CharField(max_length=63)

    def __str__(self) -> str:
        return f"{self.room_id} up to {self.seq}"
