"""Host -> tenant, from memory.

Every process keeps what it looked up. While ``tenants.changes`` listens to PostgreSQL, a change drops the entry at
once; a process that does not listen, or has lost its listener, trusts an entry for one second.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from dataclasses import dataclass, fields, replace

from channels.db import database_sync_to_async
from django.conf import settings
from django.db.models import Exists, Prefetch, Q

from kit.conduct import read_conduct
from kit.content import read_rules
from tenants.appearance import read_appearance
from tenants.models import Maintenance, SigningKey, Tenant
from tenants.records import HookRecord, Limits, Service, TenantRecord, TenantStatus
from tenants.signing_keys import signing_key_record

_MOST_HOSTS = 20_000  # known and unknown together; a flood of made-up hosts pushes out the oldest
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
_TRUST_LISTENING = 60.0
_TRUST_ALONE = 1.0


@dataclass(frozen=True, slots=True)
class _Entry:
    tenant: TenantRecord | None
    found_at: float


class Directory:
    """This process's memory of which host is whose."""

    def __init__(self) -> None:
        self._hosts: OrderedDict[str, _Entry] = OrderedDict()
        self._forgotten = 0
        self.listening = False

    async def find(self, host: str) -> TenantRecord | None:
        """The tenant of a Host header, suspended ones included; None for any other host."""
        name = host_name(host)
        if name is None:
            return None
        known = self._known(name) or await self._learn(name)
        return known.tenant

    def forget(self, tenant_id: int | None = None) -> None:
        """Drop one tenant's hosts and every unknown host, or everything."""
        self._forgotten += 1
        if tenant_id is None:
            self._hosts.clear()
            return
        stale = [name for name, entry in self._hosts.items() if entry.tenant is None or entry.tenant.id == tenant_id]
        for name in stale:
            del self._hosts[name]

    def _known(self, name: str) -> _Entry | None:
        entry = self._hosts.get(name)
        trust = _TRUST_LISTENING if self.listening else _TRUST_ALONE
        if entry is None or time.monotonic() - entry.found_at > trust:
            return None
        self._hosts.move_to_end(name)  # a flood of made-up hosts pushes out its own
        return entry

    async def _learn(self, name: str) -> _Entry:
        """Look the host up. What a change overtook meanwhile was true when asked, but is not kept."""
        forgotten = self._forgotten
        found: _Entry = await _look_up(name)
        if forgotten == self._forgotten:
            self._remember(name, found)
        return found

    def _remember(self, name: str, found: _Entry) -> None:
        self._hosts[name] = found
        self._hosts.move_to_end(name)
        if len(self._hosts) > _MOST_HOSTS:
            self._hosts.popitem(last=False)


directory = Directory()


def host_name(host: str) -> str | None:
    """The name in a Host header (RFC 9110 section 7.2): lower case, without port and the root's dot.

    None for addresses in brackets and for whatever is no host name.
    """
    name, colon, port = host.strip().lower().partition(":")
    if colon and not port.isdecimal():
        return None
    name = name.removesuffix(".")
    return name if host.isascii() and _HOST.match(name) and ".." not in name else None


def is_public_host(host: str) -> bool:
    return host_name(host) == settings.BASE_DOMAIN


@database_sync_to_async  # type: ignore[untyped-decorator]
def _look_up(name: str) -> _Entry:
    asked_at = time.monotonic()
    keys = Prefetch("signing_keys", SigningKey.objects.filter(revoked_at__isnull=True))
    found = Tenant.objects.filter(_serves(name)).annotate(all_paused=Exists(Maintenance.objects.all()))
    tenant = found.prefetch_related(keys).first()
    if tenant is None:
        return _Entry(None, asked_at)
    return _Entry(replace(record_of(tenant), paused=tenant.paused or tenant.all_paused), asked_at)


def _serves(name: str) -> Q:
    here = ~Q(status=TenantStatus.DELETING.value)
    slug, _, parent = name.partition(".")
    if parent == settings.BASE_DOMAIN:
        return here & Q(slug=slug)
    return here & Q(domains__domain=name, domains__verified_at__isnull=False)


def record_of(tenant: Tenant) -> TenantRecord:
    """The tenant without its database row. Reads its unrevoked signing keys."""
    return TenantRecord(
        id=tenant.pk,
        slug=tenant.slug,
        name=tenant.name,
        schema_name=tenant.schema_name,
        status=TenantStatus(tenant.status),
        limits=Limits(**{limit.name: getattr(tenant, limit.name) for limit in fields(Limits)}),
        signing_keys={key.id: signing_key_record(key) for key in tenant.signing_keys.all() if key.revoked_at is None},
        content=read_rules(tenant.content_rules),
        origins=frozenset(tenant.origins or ()),
        before_send=HookRecord(**tenant.before_send) if tenant.before_send else None,
        search_language=tenant.search_language,
        appearance=read_appearance(tenant.appearance),
        paused=tenant.paused,
        requires_mfa=tenant.requires_mfa,
        conduct=read_conduct(tenant.conduct),
        service=Service(tenant.service),
        reached=frozenset(tenant.reached),
        restored_at=tenant.restored_at,
        moved_to=tenant.moved_to,
    )
