"""A tenant as every process keeps it in memory: small, frozen, without the database."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from kit.conduct import Conduct
from kit.content import ContentRules
from tenants.appearance import NOTHING_CHOSEN, Appearance


class TenantStatus(enum.StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    MOVED = "moved"
    DELETING = "deleting"


class Service(enum.StrEnum):
    """What a tenant's payment leaves it: billing's own answer, beside what operators made its status."""

    FULL = "full"
    READ_ONLY = "read_only"
    SUSPENDED = "suspended"


MOST_FRAME_BYTES = 65_536
"""The servers take no larger frame, whatever a tenant's row says."""
MOST_UPLOAD_BYTES = 25 << 20
"""Likewise for a file; a request has room for one (``servers.limits``)."""
MOST_ATTACHMENTS = 10


SEARCH_LANGUAGES = (
    *("simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french"),
    *("german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian"),
    *("portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish"),
)
"""The text search configurations that every PostgreSQL from 14 on brings along. ``simple`` takes words as they are."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tenant may use; columns of its row, so that an operator without billing edits a row. None: as much as it
    likes. ``seats`` are places in its team."""

    text_characters: int = 8_000
    frame_bytes: int = MOST_FRAME_BYTES
    sends_per_second: int = 10
    send_burst: int = 30
    rooms_per_connection: int = 100
    calls_per_second: int = 50
    call_burst: int = 500
    key_calls_per_second: int = 500
    key_call_burst: int = 2_000
    searches_per_second: int = 5
    search_burst: int = 30
    uploads_per_minute: int = 60
    connects_per_minute: int = 120
    address_connects_per_minute: int = 6_000
    upload_bytes: int = 10 << 20
    storage_bytes: int = 1 << 30
    attachments_per_message: int = MOST_ATTACHMENTS
    monthly_active_users: int | None = None
    monthly_messages: int | None = None
    peak_connections: int | None = None
    rooms: int | None = None
    retention_days: int | None = None
    own_domains: int | None = None
    seats: int | None = None


@dataclass(frozen=True, slots=True)
class SigningKeyRecord:
    """What verifies a user token. The row fixes the algorithm, never the token's header. ``verifier`` is empty where
    the keys are those of ``key_set_url``; ``issuer`` and ``audience`` are demanded unless empty."""

    id: str
    algorithm: str
    verifier: str
    key_set_url: str = ""
    issuer: str = ""
    audience: str = ""


@dataclass(frozen=True, slots=True)
class HookRecord:
    """Whom to ask before a message is stored. ``timeout`` is in seconds; ``fail_open``: without an answer the message
    goes through."""

    url: str
    sealed_secret: str
    fail_open: bool
    timeout: float


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """One tenant. ``schema_name`` names its schema and its role, and begins every group name in Redis.
    ``content`` is None while the tenant has no rules for what may be said, ``conduct`` while it has none that act by
    themselves. ``origins`` are the pages of other hosts
    that may call it. ``paused``: it is in maintenance, or the whole platform. ``reached`` names the limits of which
    nothing is left. ``restored_at``: when its rooms became what they had been before. ``moved_to``: the origin
    at which it lives now; nothing of it is served here."""

    id: int
    slug: str
    name: str
    schema_name: str
    status: TenantStatus
    limits: Limits
    signing_keys: dict[str, SigningKeyRecord]
    content: ContentRules | None = None
    before_send: HookRecord | None = None
    search_language: str = "simple"
    origins: frozenset[str] = frozenset()
    appearance: Appearance = NOTHING_CHOSEN
    paused: bool = False
    requires_mfa: bool = False
    conduct: Conduct | None = None
    service: Service = Service.FULL
    reached: frozenset[str] = frozenset()
    restored_at: datetime | None = None
    moved_to: str = ""

    @property
    def active(self) -> bool:
        return self.status is TenantStatus.ACTIVE and self.service is not Service.SUSPENDED
