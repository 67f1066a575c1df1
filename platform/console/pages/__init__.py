"""The pages and tables of the operators' console."""

from console.pages import (
    audit,
    maintenance,
    overview,
    people,
    tables,
    tenant,
    tenant_domains,
    tenant_state,
    tenant_support,
    tenants,
)
from console.site import operators

__all__ = [
    "audit",
    "maintenance",
    "operators",
    "overview",
    "people",
    "tables",
    "tenant",
    "tenant_domains",
    "tenant_state",
    "tenant_support",
    "tenants",
]
