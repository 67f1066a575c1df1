"""The pages and tables of the operators' console."""

from console.pages import (
    audit,
    maintenance,
    overview,
    people,
    revenue,
    tables,
    tenant,
    tenant_billing,
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
    "revenue",
    "tables",
    "tenant",
    "tenant_billing",
    "tenant_domains",
    "tenant_state",
    "tenant_support",
    "tenants",
]
