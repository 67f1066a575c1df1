"""Origins (RFC 6454): a tenant's own, and the pages of other hosts that may call it from a browser. Each is exactly a
scheme, a host and a port."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv6Address

from asgiref.sync import sync_to_async
from django.conf import settings

from kit.errors import INVALID, FieldError, ParleyError
from tenants.directory import host_name
from tenants.keys import Owner
from tenants.models import Tenant
from tenants.settings import change_setting

MOST_ORIGINS = 100
_STANDARD_PORTS = {"http": 80, "https": 443}


def own_origin(host: str) -> str:
    """Of the pages on ``host``, as people reach them: a proxy may speak plain HTTP to us."""
    return f"{'https' if settings.SECURE else 'http'}://{host}"


def read_origin(text: str) -> str:
    """The origin as browsers write it: in lower case, without the scheme's own port. Raises ValueError for what is
    none: another scheme than http or https, a path, a wildcard, ``null``."""
    scheme, separator, authority = text.strip().lower().partition("://")
    if not separator or scheme not in _STANDARD_PORTS:
        raise ValueError("begins with http:// or https://")
    host, port = _authority(authority)
    return f"{scheme}://{host}" if port in (None, _STANDARD_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def _authority(text: str) -> tuple[str, int | None]:
    end = text.find("]") + 1  # of an IPv6 address
    host, colon, port = text[end:].partition(":")
    if end:
        if host or not text.startswith("["):
            raise ValueError("not a host")
        name = f"[{IPv6Address(text[1 : end - 1]).compressed}]"
    else:
        name = _name(host)
    if not colon:
        return name, None
    if not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65_536):
        raise ValueError("not a port")
    return name, int(port)


def _name(host: str) -> str:
    name = host_name(host)
    if name is None or name != host:
        raise ValueError("not a host")
    return name


def read_origins(texts: Iterable[str]) -> list[str]:
    """Each once. Raises ParleyError ``invalid``, which names the faulty ones."""
    origins: dict[str, None] = {}
    errors: list[FieldError] = []
    for place, text in enumerate(texts):
        try:
            origins[read_origin(text)] = None
        except ValueError:
            errors.append({"field": f"origins.{place}", "code": "origin"})
    if errors:
        raise ParleyError(INVALID, "An origin is a scheme, a host and a port: https://app.example.com", errors=errors)
    if len(origins) > MOST_ORIGINS:
        raise ParleyError(INVALID, errors=[{"field": "origins", "code": "too_long"}])
    return list(origins)


async def origins_of(tenant_id: int) -> list[str]:
    origins: list[str] = await Tenant.objects.values_list("origins", flat=True).aget(pk=tenant_id)
    return origins


async def set_origins(tenant: Owner, texts: Iterable[str]) -> list[str]:
    """Put these in the place of those before; as they are kept. Raises ParleyError ``invalid``."""
    origins = read_origins(texts)
    await _change(tenant, lambda _: origins)
    return origins


async def add_origin(tenant: Owner, text: str) -> None:
    """One more. Raises ParleyError ``invalid``."""
    await _change(tenant, lambda origins: [*origins, text])


async def remove_origin(tenant: Owner, origin: str) -> None:
    """One less, if it is there."""
    await _change(tenant, lambda origins: [each for each in origins if each != origin])


@sync_to_async
def _change(tenant: Owner, change: Callable[[list[str]], list[str]]) -> None:
    change_setting(tenant, "origins", lambda origins: read_origins(change(origins)), "origins.changed")
