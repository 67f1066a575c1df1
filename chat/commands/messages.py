"""Sending a message."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from chat.commands.conduct import check_conduct
from chat.commands.pace import check_pace
from chat.commands.sending import Draft, Extras, Sent, commit
from chat.commands.wording import checked_text, extras_of, message_id_of
from chat.delivery.writer import HasSchema, Settle, Writer
from chat.events import RoomEvent
from chat.payloads import Payload
from chat.policies import Actor, check_token_names
from chat.publishing import announce_here
from chat.webhooks.hook import Question, ask_before_send
from kit.errors import INVALID, NOT_ALLOWED, ParleyError
from kit.ids import uuid7
from tenants.allowances import check_left
from tenants.processes import figures
from tenants.records import TenantRecord

_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, Writer[Draft, Sent]] = WeakKeyDictionary()


class Beside(NamedTuple):
    """What may come with a text: the message that it replies to and the one that it quotes, by their ids on the wire;
    the customer's own data; that the server says it, in nobody's name; and what ``chat.commands.attaching`` found."""

    parent: str | None = None
    quote: str | None = None
    data: dict[str, Any] | None = None
    system: bool = False
    attachments: Sequence[Payload] = ()


_NOTHING = Beside()


async def asked(tenant: TenantRecord, actor: Actor, room_id: str, text: str, data: dict[str, Any] | None = None) -> str:
    """The text as the tenant's hook wants it, before ``send`` or ``post``, and the message's place in its author's
    pace. Where there is no hook it is the text itself, and nothing is waited for unless a month's limit is used up.

    Raises ParleyError ``plan_limit_reached``, ``content_refused``, ``unavailable``, ``invalid``, ``not_allowed``,
    ``rate_limited``.
    """
    if tenant.reached:
        await check_left(tenant, actor.user_id, counted=not actor.is_bot)
    if tenant.before_send is None:
        return text
    check_token_names(actor, room_id)
    check_pace(tenant, actor)
    return await ask_before_send(tenant, actor, Question(room_id, text, data))


def send(
    tenant: TenantRecord,
    actor: Actor,
    room_id: str,
    text: str,
    client_id: str | None,
    beside: Beside = _NOTHING,
) -> asyncio.Future[Sent]:
    """As ``post``; the future ends after the commit, or with a ParleyError."""
    return writer().submit(tenant, _drafted(tenant, actor, room_id, text, client_id, beside))


def post(
    into: Writer[Draft, Sent],
    tenant: TenantRecord,
    actor: Actor,
    room_id: str,
    text: str,
    client_id: str | None,
    beside: Beside,
    settle: Settle[Sent],
) -> None:
    """Queue a message for the room, after ``asked``. ``settle`` is called after the commit, or with a ParleyError:
    ``room_not_found``, ``not_allowed``, ``banned``, ``room_archived``, ``room_frozen``, ``muted``,
    ``slow_mode``, ``message_not_found`` and ``message_deleted`` (what is replied to or quoted), ``invalid`` (the parent
    is a reply), ``unavailable``.

    Raises ParleyError at once: ``invalid``, ``content_refused``, ``muted``, ``rate_limited``, ``busy``,
    ``not_allowed``.
    """
    into.post(tenant, _drafted(tenant, actor, room_id, text, client_id, beside), settle)


def _drafted(
    tenant: TenantRecord, actor: Actor, room_id: str, text: str, client_id: str | None, beside: Beside
) -> Draft:
    text = checked_text(tenant, text, may_be_empty=bool(beside.attachments))
    if actor.user_id is None or beside.system:
        _check_is_of_the_server(actor, client_id, beside)
    check_token_names(actor, room_id)
    if tenant.before_send is None:
        check_pace(tenant, actor)  # else ``asked`` has: each question is a request to the tenant's server
    if tenant.conduct is not None:
        check_conduct(tenant, actor, room_id, text, client_id)
    extras = extras_of(text)
    if beside != _NOTHING:
        extras = _with(extras or {}, beside)
    return Draft(uuid7(), room_id, actor.user_id, client_id, text, extras)


def _check_is_of_the_server(actor: Actor, client_id: str | None, beside: Beside) -> None:
    if not beside.system:
        raise ParleyError(NOT_ALLOWED, "Name the author.")
    if not actor.is_server:
        raise ParleyError(NOT_ALLOWED, "System messages are the server's, and in nobody's name.")
    if client_id is not None:
        raise ParleyError(
            INVALID,
            "A client_id is an author's. Send an Idempotency-Key.",
            errors=[{"field": "client_id", "code": "no_author"}],
        )


def _with(extras: Extras, beside: Beside) -> Extras | None:
    if beside.parent is not None:
        extras["parent"] = message_id_of(beside.parent)
    if beside.quote is not None:
        extras["quote"] = message_id_of(beside.quote)
    if beside.data is not None:
        extras["data"] = beside.data
    if beside.system:
        extras["kind"] = "system"
    if beside.attachments:
        extras["attachments"] = list(beside.attachments)
    return extras or None


def writer() -> Writer[Draft, Sent]:
    """This event loop's writer."""
    loop = asyncio.get_running_loop()
    found = _writers.get(loop)
    if found is None:
        found = _writers[loop] = Writer(commit, _announce)
    return found


def _announce(tenant: HasSchema, answers: Sequence[Sent | ParleyError]) -> None:
    sent = [answer for answer in answers if isinstance(answer, Sent)]
    by_room: defaultdict[str, list[RoomEvent]] = defaultdict(list)
    for event in chain([answer.event for answer in sent], [answer.parent for answer in sent]):
        if event is not None:
            by_room[event.room_id].append(event)
    figures.of(tenant.schema_name).messages += sum(answer.event is not None for answer in sent)
    announce_here(tenant.schema_name, by_room)
