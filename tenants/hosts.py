"""Where hosts are reached from outside."""

from __future__ import annotations

from django.conf import settings


def url_of(host: str) -> str:
    """For instance ``http://acme.localhost:8000``."""
    if settings.SECURE:
        return f"https://{host}"
    return f"http://{host}" if settings.PORT == 80 else f"http://{host}:{settings.PORT}"


def public_url() -> str:
    return url_of(settings.BASE_DOMAIN)


def tenant_url(slug: str) -> str:
    """On the host that is the tenant's for good, whatever domains of its own it has."""
    return url_of(f"{slug}.{settings.BASE_DOMAIN}")
