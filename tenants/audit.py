"""The audit log: who did what, before and after, from where. Append-only, each chain held together by digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction

from tenants.models import AuditEntry, AuditHead
from tenants.models.audit import ActorKind
from tenants.routers import SHARED
from tenants.scope import SchemaOnly, Scoped, schema_in_scope


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the log names it. ``on_behalf_of`` is the reason that support gave."""

    kind: ActorKind = ActorKind.SYSTEM
    id: str = ""
    name: str = ""
    address: str = ""
    on_behalf_of: str = ""


_acting: ContextVar[Callable[[], Actor]] = ContextVar("acting", default=Actor)


@contextmanager
def acting(who: Callable[[], Actor]) -> Iterator[None]:
    """Within the block, what is recorded was done by whom ``who`` then names; outside any, by the system."""
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def who_acts() -> Actor:
    return _acting.get()()


def record(
    tenant: Scoped | None,
    action: str,
    target: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write down that ``action`` ("room.archived") was done to ``target`` ("room:general"), in the chain of ``tenant``
    or, without one, of the platform. In the transaction of the work where there is one, so that neither is without the
    other. ``before`` and ``after`` hold what changed and no secrets."""
    actor, chain = who_acts(), tenant.schema_name if tenant else AuditEntry.PLATFORM
    entry = AuditEntry(
        chain=chain,
        at=datetime.now(UTC),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        on_behalf_of=actor.on_behalf_of,
        address=actor.address,
        action=action,
        target=target,
        before=_plain(before),
        after=_plain(after),
    )
    with transaction.atomic(SHARED):
        head, _ = AuditHead.objects.select_for_update().get_or_create(chain=chain)
        entry.number, entry.previous = head.number + 1, head.digest
        head.number, head.digest = entry.number, digest_of(entry)
        entry.digest = head.digest
        entry.save(force_insert=True)
        head.save()
    return entry


arecord = sync_to_async(record)


async def record_here(action: str, target: str = "", **changes: Mapping[str, Any] | None) -> None:
    """The same in the chain of the tenant in scope. Raises NoTenantInScope."""
    await arecord(SchemaOnly(schema_in_scope()), action, target, **changes)


def digest_of(entry: AuditEntry) -> str:
    """SHA-256 over everything that the entry says and the digest before it (hex)."""
    said = {
        field.attname: getattr(entry, field.attname)
        for field in entry._meta.concrete_fields
        if field.attname not in ("id", "digest", "at")
    }
    text = json.dumps({**said, "at": entry.at.isoformat()}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain is broken: the first entry that was ``changed``, or is ``missing``."""

    chain: str
    number: int
    kind: str


def verify(chain: str) -> Fault | None:
    """Look whether a chain is whole: every entry as it was written, none taken out, its end there."""
    number, digest = 0, ""
    for entry in AuditEntry.objects.filter(chain=chain).order_by("number").iterator(chunk_size=1_000):
        number += 1
        if entry.number != number:
            return Fault(chain, number, "missing")
        if entry.previous != digest or entry.digest != digest_of(entry):
            return Fault(chain, number, "changed")
        digest = entry.digest
    head = AuditHead.objects.filter(chain=chain).first() or AuditHead(chain=chain)
    if head.number > number:
        return Fault(chain, number + 1, "missing")
    return None if (head.number, head.digest) == (number, digest) else Fault(chain, number, "changed")


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """As JSON gives it back, so that the digest is the same when it is read."""
    plain: dict[str, Any] | None = None if values is None else json.loads(json.dumps(values, default=str))
    return plain
