"""The public schema's tables: tenants, their hosts and keys, and the people who sign in."""

from tenants.models.accounts import Account, Membership, Role
from tenants.models.keys import ApiKey, SigningKey
from tenants.models.templates import SchemaTemplate
from tenants.models.tenants import Domain, Tenant

__all__ = ["Account", "ApiKey", "Domain", "Membership", "Role", "SchemaTemplate", "SigningKey", "Tenant"]
