"""The pages and tables of the operators' console."""

from console.pages import (
    audit,
    copies,
    maintenance,
    overview,
    people,
    revenue,
    tables,
    tenant,
    tenant_billing,
    tenant_copies,
    tenant_domains,
    tenant_import,
    tenant_state,
    tenant_support,
    tenants,
)
from console.site import operators

__all__ = [
    "audit",
    "copies",
    "maintenance",
    "operators",
    "overview",
    "people",
    "revenue",
    "tables",
    "tenant",
    "tenant_billing",
    "tenant_copies",
    "tenant_domains",
    "tenant_import",
    "tenant_state",
    "tenant_support",
    "tenants",
]
