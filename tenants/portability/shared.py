"""What the public schema has of a tenant, as it is written into the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Field, Model

from tenants.audit import verify
from tenants.models import AuditEntry, AuditHead, Membership, Role, Tenant, Usage
from tenants.usage import month_of

BROUGHT = {"tenants.Domain", "tenants.ApiKey", "tenants.SigningKey", "tenants.Membership", "tenants.Usage"}
LEFT_BEHIND = {
    "tenants.ActiveUser": "counted anew from the messages of the month",
    "tenants.Figure": "how this server did",
    "tenants.TenantCopy": "files of this server",
    "tenants.TenantMove": "its way to the new server",
    "tenants.SupportGrant": "visits of this server's operators",
    "billing": "between this server's operators and their customer",
}
"""Whatever refers to a tenant is in one of the two, by itself or with its app."""

LEFT_FIELDS = frozenset(
    {
        *("id", "schema_name", "slug", "status", "created_at", "delete_after", "paused", "service", "reached"),
        *("before_send", "moved_to"),
    }
)
"""Of the tenant's row: its place on this server, and what is told apart below."""
MASKED_FIELDS = frozenset(
    {"name", "status_reason", "appearance", "content_rules", "conduct", "emails", "origins", "notes", "has_webhooks"}
)
"""What a copy that knows nobody does not have either: words of the organisation's own."""


def settings_of(tenant: Tenant, *, masked: bool) -> dict[str, Any]:
    left = LEFT_FIELDS | (MASKED_FIELDS if masked else frozenset())
    return columns_of(tenant, *left)


def domains_of(tenant: Tenant) -> list[str]:
    return list(tenant.domains.order_by("-is_primary", "domain").values_list("domain", flat=True))


def team_of(tenant: Tenant, *, owners_only: bool) -> list[dict[str, str]]:
    """Accounts by their addresses; passwords and second factors stay."""
    members = Membership.objects.filter(tenant=tenant).select_related("account").order_by("pk")
    if owners_only:
        members = members.filter(role=Role.OWNER)
    return [
        {"id": each.account.pk, "email": each.account.email, "name": each.account.name, "role": each.role}
        for each in members
    ]


def usage_of(tenant: Tenant, now: datetime) -> Iterator[dict[str, Any]]:
    """Of the months that are over: the one that runs is counted anew, with the digests of the new schema."""
    rows = Usage.objects.filter(tenant=tenant, final=True, hour__lt=month_of(now)).order_by("hour")
    return (columns_of(row, "id", "tenant_id") for row in rows.iterator(chunk_size=1_000))


def audit_of(tenant: Tenant) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    """How the chain stands, and its entries."""
    fault, head = verify(tenant.schema_name), AuditHead.objects.filter(chain=tenant.schema_name).first()
    standing = {
        "chain": tenant.schema_name,
        "entries": head.number if head else 0,
        "digest": head.digest if head else "",
        "fault": f"{fault.kind} at {fault.number}" if fault else None,
    }
    entries = AuditEntry.objects.filter(chain=tenant.schema_name).order_by("number")
    return standing, (columns_of(entry, "id") for entry in entries.iterator(chunk_size=1_000))


def columns_of(row: Model, *without: str) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname) for field in fields_of(type(row)) if field.attname not in without
    }


def fields_of(model: type[Model]) -> list[Field[Any, Any]]:
    return list(model._meta.concrete_fields)
