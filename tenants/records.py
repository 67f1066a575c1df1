"""A tenant as every process keeps it in memory: small, frozen, without the database."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class TenantStatus(enum.StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"


MOST_FRAME_BYTES = 65_536
"""The servers take no larger frame, whatever a tenant's row says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tenant may use; columns of its row, so that an operator without billing edits a row."""

    text_characters: int = 8_000
    frame_bytes: int = MOST_FRAME_BYTES
    sends_per_second: int = 10
    send_burst: int = 30
    rooms_per_connection: int = 100


@dataclass(frozen=True, slots=True)
class SigningKeyRecord:
    """What verifies a user token. The row fixes the algorithm, never the token's header."""

    id: str
    algorithm: str
    verifier: str


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """One tenant. ``schema_name`` names its schema and its role, and begins every group name in Redis."""

    id: int
    slug: str
    name: str
    schema_name: str
    status: TenantStatus
    limits: Limits
    signing_keys: dict[str, SigningKeyRecord]

    @property
    def active(self) -> bool:
        return self.status is TenantStatus.ACTIVE
