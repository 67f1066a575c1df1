"""The audit log: who did what, before and after, from where. Append-only, each chain held together by digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections, transaction

from tenants.models import AuditEntry
from tenants.models.audit import ActorKind
from tenants.routers import SHARED
from tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the log names it. ``on_behalf_of`` is the reason that support gave."""

    kind: ActorKind = ActorKind.SYSTEM
    id: str = ""
    name: str = ""
    address: str = ""
    on_behalf_of: str = ""


_SYSTEM = Actor()
_acting: ContextVar[Actor] = ContextVar("acting", default=_SYSTEM)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Within the block, what is recorded was done by ``actor``; outside any it was the system."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


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
    actor, chain = _acting.get(), tenant.schema_name if tenant else AuditEntry.PLATFORM
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
        _wait_for_turn(chain)
        last = AuditEntry.objects.filter(chain=chain).order_by("-number").values_list("number", "digest").first()
        entry.number, entry.previous = (last[0] + 1, last[1]) if last else (1, "")
        entry.digest = digest_of(entry)
        entry.save(force_insert=True)
    return entry


arecord = sync_to_async(record)


def digest_of(entry: AuditEntry) -> str:
    """SHA-256 over everything that the entry says and the digest before it (hex)."""
    said = {
        field.attname: getattr(entry, field.attname)
        for field in entry._meta.concrete_fields
        if field.attname not in ("id", "digest", "at")
    }
    text = json.dumps({**said, "at": entry.at.isoformat()}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _wait_for_turn(chain: str) -> None:
    """One writer of a chain at a time, until its transaction ends."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit {chain}"])


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """As JSON gives it back, so that the digest is the same when it is read."""
    plain: dict[str, Any] | None = None if values is None else json.loads(json.dumps(values, default=str))
    return plain
