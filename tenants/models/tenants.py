"""Tenant and Domain."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

from tenants.hosts import tenant_url
from tenants.records import (
    MOST_ATTACHMENTS,
    MOST_FRAME_BYTES,
    MOST_UPLOAD_BYTES,
    SEARCH_LANGUAGES,
    Limits,
    Service,
    TenantStatus,
)

_DEFAULTS = Limits()
_PACES = (
    "calls_per_second",
    "call_burst",
    "key_calls_per_second",
    "key_call_burst",
    "searches_per_second",
    "search_burst",
    "uploads_per_minute",
    "connects_per_minute",
    "address_connects_per_minute",
)


class SupportAccess(models.TextChoices):
    """What an operator who was let in for support may do."""

    NONE = "none"
    VIEW = "view"
    CHANGE = "change"


class Tenant(TenantMixin):  # type: ignore[misc]
    """A customer organisation. ``schema_name`` is opaque and outlives every rename of ``slug``."""

    auto_create_schema = False  # tenants.provisioning makes schema, role and row in one transaction

    slug = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=120)
    status = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in TenantStatus], default=TenantStatus.ACTIVE.value
    )
    status_reason = models.CharField(max_length=500, blank=True)
    plan = models.CharField(max_length=32, default="free")
    created_at = models.DateTimeField(auto_now_add=True)
    delete_after = models.DateTimeField(null=True, blank=True)

    text_characters = models.PositiveIntegerField(default=_DEFAULTS.text_characters)
    frame_bytes = models.PositiveIntegerField(default=_DEFAULTS.frame_bytes)
    sends_per_second = models.PositiveIntegerField(default=_DEFAULTS.sends_per_second)
    send_burst = models.PositiveIntegerField(default=_DEFAULTS.send_burst)
    rooms_per_connection = models.PositiveIntegerField(default=_DEFAULTS.rooms_per_connection)
    calls_per_second = models.PositiveIntegerField(default=_DEFAULTS.calls_per_second)
    call_burst = models.PositiveIntegerField(default=_DEFAULTS.call_burst)
    key_calls_per_second = models.PositiveIntegerField(default=_DEFAULTS.key_calls_per_second)
    key_call_burst = models.PositiveIntegerField(default=_DEFAULTS.key_call_burst)
    searches_per_second = models.PositiveIntegerField(default=_DEFAULTS.searches_per_second)
    search_burst = models.PositiveIntegerField(default=_DEFAULTS.search_burst)
    uploads_per_minute = models.PositiveIntegerField(default=_DEFAULTS.uploads_per_minute)
    connects_per_minute = models.PositiveIntegerField(default=_DEFAULTS.connects_per_minute)
    address_connects_per_minute = models.PositiveIntegerField(default=_DEFAULTS.address_connects_per_minute)
    upload_bytes = models.PositiveIntegerField(default=_DEFAULTS.upload_bytes)
    storage_bytes = models.PositiveBigIntegerField(default=_DEFAULTS.storage_bytes)
    attachments_per_message = models.PositiveSmallIntegerField(default=_DEFAULTS.attachments_per_message)
    monthly_active_users = models.PositiveBigIntegerField(null=True, blank=True)
    monthly_messages = models.PositiveBigIntegerField(null=True, blank=True)
    peak_connections = models.PositiveIntegerField(null=True, blank=True)
    rooms = models.PositiveBigIntegerField(null=True, blank=True)
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    own_domains = models.PositiveIntegerField(null=True, blank=True)
    seats = models.PositiveIntegerField(null=True, blank=True)

    search_language = models.CharField(max_length=63, choices=[(s, s) for s in SEARCH_LANGUAGES], default="simple")
    content_rules = models.JSONField(default=dict, blank=True)
    """What may be said: see ``kit.content``."""
    appearance = models.JSONField(default=dict, blank=True)
    """How its widget and hosted rooms look: see ``tenants.appearance``."""
    origins = models.JSONField(default=list, blank=True)
    """Pages of other hosts that may call it: see ``tenants.origins``."""
    has_webhooks = models.BooleanField(default=False)
    """Whether it ever had a webhook endpoint; the others are not asked for events to deliver."""
    before_send = models.JSONField(default=dict, blank=True)
    """The fields of HookRecord, or nothing."""
    conduct = models.JSONField(default=dict, blank=True)
    """Rules that act by themselves: see ``kit.conduct``."""
    retention = models.JSONField(default=dict, blank=True)
    """For how long what is kept: see ``tenants.retention``."""
    emails = models.JSONField(default=dict, blank=True)
    """Its own words in what is mailed: see ``tenants.emails``."""
    requires_mfa = models.BooleanField(default=False)
    """Whether its team signs in with a second factor."""
    support_access = models.CharField(max_length=8, choices=SupportAccess.choices, default=SupportAccess.VIEW)
    paused = models.BooleanField(default=False)
    """In maintenance: everything can be read, nothing sent."""
    started = models.BooleanField(default=False)
    """Whether its team has put the list that helps to begin away."""
    plan_since = models.DateTimeField(null=True, blank=True)
    service = models.CharField(
        max_length=16,
        choices=[(s.value, s.value) for s in Service],
        default=Service.FULL.value,
        db_default=Service.FULL.value,
    )
    """What its payment leaves it. Operators' own suspension is ``status``; both must allow what is to be done."""
    reached = models.JSONField(default=list, db_default=[], blank=True)
    """Names of the limits of which nothing is left."""
    restored_at = models.DateTimeField(null=True, blank=True)
    """When its rooms became what they had been before: sockets from before then come back."""
    moved_to = models.CharField(max_length=300, blank=True, db_default="")
    """The origin at which it lives now (``https://acme.example.org``), once it has moved there."""
    region = models.CharField(max_length=80, blank=True)
    notes = models.TextField(blank=True)
    """Both are the operators', for themselves."""

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="tenant_search_language_known", condition=models.Q(search_language__in=SEARCH_LANGUAGES)
            ),
            models.CheckConstraint(
                name="tenant_limits_positive",
                condition=models.Q(
                    text_characters__gte=1,
                    frame_bytes__gte=1024,
                    frame_bytes__lte=MOST_FRAME_BYTES,
                    sends_per_second__gte=1,
                    send_burst__gte=1,
                    rooms_per_connection__gte=1,
                    **{f"{pace}__gte": 1 for pace in _PACES},
                ),
            ),
            models.CheckConstraint(
                name="tenant_upload_limits",
                condition=models.Q(upload_bytes__lte=MOST_UPLOAD_BYTES, attachments_per_message__lte=MOST_ATTACHMENTS),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def host(self) -> str:
        return f"{self.slug}.{settings.BASE_DOMAIN}"

    @property
    def url(self) -> str:
        """Where its people find it, for instance ``http://acme.localhost:8000``."""
        return tenant_url(self.slug)

    # django-tenants would switch the connection, which is shared between tasks.

    def __enter__(self) -> None:
        raise RuntimeError("use tenants.scope.tenant_scope")

    def activate(self) -> None:
        raise RuntimeError("use tenants.scope.tenant_scope")

    def save(self, *args: Any, **kwargs: Any) -> None:
        models.Model.save(self, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        return models.Model.delete(self, *args, **kwargs)


class Domain(DomainMixin):  # type: ignore[misc]
    """A host of the tenant's own. It serves only once ``verified_at`` is set.

    ``token`` is what its TXT record must say; none where somebody at the command line answered for it. ``failure`` says
    why the record was not found, and ``failed_at`` since when.
    """

    verified_at = models.DateTimeField(null=True, blank=True)
    token = models.CharField(max_length=64, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=200, blank=True)

    @property
    def state(self) -> str:
        """``verified``, ``failed`` or ``pending``."""
        if self.verified_at is not None:
            return "verified"
        return "failed" if self.failed_at is not None else "pending"

    def __str__(self) -> str:
        return str(self.domain)

    def save(self, *args: Any, **kwargs: Any) -> None:
        models.Model.save(self, *args, **kwargs)
