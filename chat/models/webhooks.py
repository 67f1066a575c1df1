"""Webhooks: where a tenant wants to be told (endpoints), what is to be told (the outbox), how it went (deliveries), and
the other way round, URLs that post into a room."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from chat.models.rooms import Room
from chat.models.users import User
from kit.ids import opaque


def _endpoint_id() -> str:
    return opaque("we")


def _incoming_id() -> str:
    return opaque("in")


class WebhookEndpoint(models.Model):
    """``events`` names the types wanted; empty means all. While ``old_secret_until`` lies ahead, deliveries carry a
    signature with each of the two secrets. ``failing_since`` is when the unbroken row of failures began."""

    id = models.CharField(primary_key=True, max_length=32, default=_endpoint_id, editable=False)
    url = models.CharField(max_length=2_000)
    description = models.CharField(max_length=200, blank=True, db_default="")
    events = ArrayField(models.CharField(max_length=40), db_default=[], blank=True)
    sealed_secret = models.TextField()
    sealed_old_secret = models.TextField(blank=True, db_default="")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(db_default=True)
    disabled_reason = models.CharField(max_length=200, blank=True, db_default="")
    failing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.url


class OutboxEvent(models.Model):
    """Something that happened and is to be told, written in the transaction in which it happened. ``seq`` is the
    durable event's in its room (the message's ``changed_seq`` at that time)."""

    id = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=40)
    room = models.ForeignKey(
        Room, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    message_id = models.UUIDField(null=True)
    seq = models.BigIntegerField(null=True)
    payload = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.type} #{self.id}"


class WebhookLane(models.Model):
    """The deliveries of one room to one endpoint that are not done yet: they leave one after the other. ``due_at`` is
    the first one's; while ``leased_until`` lies ahead somebody is at work on them. A lane without deliveries goes."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="lanes", db_index=False)
    room_id = models.CharField(max_length=64, blank=True, db_default="")
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "room_id"], name="one_lane_per_room")]
        indexes = [
            models.Index(fields=["due_at"], name="lanes_due"),
            models.Index(fields=["leased_until"], condition=models.Q(leased_until__isnull=False), name="lanes_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} to {self.endpoint_id}"


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint. ``message_id`` is the event's own id, the same at every endpoint and in
    every attempt. ``due_at`` is null when nothing more will be tried: it was delivered, or given up after three days.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    message_id = models.CharField(max_length=40)
    type = models.CharField(max_length=40)
    room_id = models.CharField(max_length=64, blank=True, db_default="")
    body = models.TextField()
    attempts = models.PositiveSmallIntegerField(db_default=0)
    due_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    delivered_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "message_id"], name="one_delivery_per_endpoint")]
        indexes = [
            models.Index(
                fields=["endpoint", "room_id", "id"],
                condition=models.Q(due_at__isnull=False),
                name="deliveries_pending",
            ),
            models.Index(fields=["endpoint", "id"], name="deliveries_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.type} to {self.endpoint_id}"


class IncomingWebhook(models.Model):
    """A URL that posts into a room as a bot. Its token is shown once; ``digest`` is its SHA-256."""

    id = models.CharField(primary_key=True, max_length=32, default=_incoming_id, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="incoming_webhooks", db_index=False)
    bot = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.id
