"""Copies of tenants that were made before: as rows and files, without the worker."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta

from console.copies.files import keep_piece
from tenants.models import Tenant, TenantCopy

CONTENT = b"an export, for all that those who carry it know"


def held_export(tenant: Tenant) -> TenantCopy:
    """One that can be downloaded."""
    now = datetime.now(UTC)
    copy = TenantCopy.objects.create(
        kind="export",
        state="done",
        tenant=tenant,
        asked_by="otto@parley.test",
        file_name=f"{tenant.slug}.zip",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        pieces=1,
        ended_at=now,
        expires_at=now + timedelta(days=7),
    )
    keep_piece(copy.pk, 0, io.BytesIO(CONTENT))
    return copy


def import_of(made: Tenant) -> TenantCopy:
    """One that made a tenant."""
    return TenantCopy.objects.create(
        kind="import",
        state="done",
        made=made,
        asked_by="otto@parley.test",
        file_name="from-elsewhere.zip",
        size=1 << 30,
        left=["API keys", "signing keys"],
        ended_at=datetime.now(UTC),
    )
