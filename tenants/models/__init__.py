"""The public schema's tables: tenants, their hosts and keys, the people who sign in, and what they did."""

from tenants.models.accounts import Account, Membership, OperatorRole, Role
from tenants.models.audit import AuditEntry, AuditHead
from tenants.models.copies import TenantCopy
from tenants.models.figures import ActiveUser, Figure, Process, Usage
from tenants.models.imports import TenantImport
from tenants.models.keys import ApiKey, SigningKey
from tenants.models.moves import MoveStep, TenantMove
from tenants.models.operators import Maintenance, OperatorInvitation, OperatorKey, SupportGrant
from tenants.models.templates import SchemaTemplate
from tenants.models.tenants import Domain, SupportAccess, Tenant

__all__ = [
    "Account",
    "ActiveUser",
    "ApiKey",
    "AuditEntry",
    "AuditHead",
    "Domain",
    "Figure",
    "Maintenance",
    "Membership",
    "MoveStep",
    "OperatorInvitation",
    "OperatorKey",
    "OperatorRole",
    "Process",
    "Role",
    "SchemaTemplate",
    "SigningKey",
    "SupportAccess",
    "SupportGrant",
    "Tenant",
    "TenantCopy",
    "TenantImport",
    "TenantMove",
    "Usage",
]
