"""The languages that a tenant's messages can be searched in."""

from __future__ import annotations

from kit.errors import INVALID, ParleyError
from tenants.lifecycle import get_tenant
from tenants.models import Tenant
from tenants.records import SEARCH_LANGUAGES


def set_search_language(slug: str, language: str) -> Tenant:
    """Search the tenant's messages in another language from now on. Until the worker has read them all again, some
    forms of a word are not found in what was said before.

    Raises ParleyError ``tenant_not_found``, ``invalid``.
    """
    if language not in SEARCH_LANGUAGES:
        known = ", ".join(SEARCH_LANGUAGES)
        raise ParleyError(INVALID, f"Not one of {known}.", errors=[{"field": "search_language", "code": "unknown"}])
    tenant = get_tenant(slug)
    tenant.search_language = language
    tenant.save(update_fields=["search_language"])
    return tenant
