"""The public schema's tables: tenants, their hosts and keys, the people who sign in, and what they did."""

from tenants.models.accounts import Account, Membership, OperatorRole, Role
from tenants.models.audit import AuditEntry
from tenants.models.keys import ApiKey, SigningKey
from tenants.models.templates import SchemaTemplate
from tenants.models.tenants import Domain, SupportAccess, Tenant

__all__ = [
    "Account",
    "ApiKey",
    "AuditEntry",
    "Domain",
    "Membership",
    "OperatorRole",
    "Role",
    "SchemaTemplate",
    "SigningKey",
    "SupportAccess",
    "Tenant",
]
