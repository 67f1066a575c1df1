"""Sending a message."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from chat.commands.sending import Draft, Sent, commit
from chat.delivery.writer import HasSchema, Settle, Writer
from chat.events import RoomEvent
from chat.policies import Actor, check_token_names
from chat.publishing import announce_here
from kit.buckets import Buckets
from kit.errors import INVALID, NOT_ALLOWED, RATE_LIMITED, ParleyError
from kit.ids import uuid7
from tenants.records import TenantRecord

_sends = Buckets()
_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, Writer[Draft, Sent]] = WeakKeyDictionary()


def send(tenant: TenantRecord, actor: Actor, room_id: str, text: str, client_id: str | None) -> asyncio.Future[Sent]:
    """As ``post``; the future ends after the commit, or with a ParleyError."""
    return writer().submit(tenant, _drafted(tenant, actor, room_id, text, client_id))


def post(
    into: Writer[Draft, Sent],
    tenant: TenantRecord,
    actor: Actor,
    room_id: str,
    text: str,
    client_id: str | None,
    settle: Settle[Sent],
) -> None:
    """Queue a message for the room. ``settle`` is called after the commit, or with a ParleyError: ``room_not_found``,
    ``not_allowed``, ``room_archived``, ``unavailable``.

    Raises ParleyError at once: ``invalid``, ``rate_limited``, ``busy``, ``not_allowed``.
    """
    into.post(tenant, _drafted(tenant, actor, room_id, text, client_id), settle)


def _drafted(tenant: TenantRecord, actor: Actor, room_id: str, text: str, client_id: str | None) -> Draft:
    _check_text(text, tenant)
    if actor.user_id is None:
        raise ParleyError(NOT_ALLOWED, "Name the author.")
    check_token_names(actor, room_id)
    _check_pace(tenant, actor.user_id)
    return Draft(uuid7(), room_id, actor.user_id, client_id, text)


def _check_text(text: str, tenant: TenantRecord) -> None:
    most = tenant.limits.text_characters
    if not text.strip():
        raise ParleyError(INVALID, "The text is empty.", errors=[{"field": "text", "code": "empty"}])
    if len(text) > most:
        raise ParleyError(
            INVALID,
            f"The text has {len(text)} characters; at most {most} are allowed.",
            errors=[{"field": "text", "code": "too_long"}],
        )


def _check_pace(tenant: TenantRecord, user_id: str) -> None:
    limits = tenant.limits
    wait = _sends.take((tenant.id, user_id), limits.sends_per_second, limits.send_burst)
    if wait:
        raise ParleyError(RATE_LIMITED, "This user sends too fast.", retry_after=round(wait, 3))


def writer() -> Writer[Draft, Sent]:
    """This event loop's writer."""
    loop = asyncio.get_running_loop()
    found = _writers.get(loop)
    if found is None:
        found = _writers[loop] = Writer(commit, _announce)
    return found


def _announce(tenant: HasSchema, answers: Sequence[Sent | ParleyError]) -> None:
    by_room: defaultdict[str, list[RoomEvent]] = defaultdict(list)
    for answer in answers:
        if isinstance(answer, Sent) and answer.event is not None:
            by_room[answer.event.room_id].append(answer.event)
    announce_here(tenant.schema_name, by_room)
