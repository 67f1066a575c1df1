"""The tenant's rules of conduct, asked for each message before it is queued. Nothing is waited for, and what is counted
is in this process's memory; what a rule does beside refusing follows by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from chat.commands.deciding import Cause, note_decision
from chat.commands.mutes import mute_user
from chat.markdown import render, targets
from chat.models import Act
from chat.policies import Actor
from kit.conduct import MUTE, NO_LINKS, Conduct
from kit.content import check_content, check_links
from kit.errors import CONTENT_REFUSED, MUTED, ParleyError
from kit.windows import Windows
from tenants import audit
from tenants.records import TenantRecord

log = structlog.get_logger(__name__)

_floods, _repeats, _noted = Windows(), Windows(), Windows()
_NOTED_EVERY: Final = 60.0  # seconds in which a rule's refusals of one user make one decision
_under_way: set[asyncio.Task[None]] = set()


def check_conduct(tenant: TenantRecord, actor: Actor, room_id: str, text: str, client_id: str | None) -> None:
    """Raises ParleyError ``content_refused``, whose ``errors`` name the rule: ``repeats``, ``newcomers``; ``muted``."""
    rules = tenant.conduct
    if rules is None or actor.user_id is None or actor.is_bot:
        return
    check_newcomer(tenant, actor, room_id, text)
    user, flood = (tenant.id, actor.user_id), rules.flood
    if flood and _floods.exceed((*user, room_id), flood.messages, flood.seconds, client_id):
        raise _muting("flood", user, room_id, flood.mute_minutes)
    if rules.repeats and text.strip():
        _check_repeats(rules, user, room_id, text, client_id)


def check_newcomer(tenant: TenantRecord, actor: Actor, room_id: str, text: str) -> None:
    """What holds for a changed text too. Raises as ``check_conduct``."""
    newcomers = tenant.conduct.newcomers if tenant.conduct else None
    if newcomers is None or actor.user_id is None or actor.is_bot:
        return
    if time.time() - actor.since >= newcomers.hours * 3_600:
        return
    if has_link(text):
        raise _refusing("newcomers", (tenant.id, actor.user_id), room_id)


def has_link(text: str) -> bool:
    try:
        check_content(NO_LINKS, text)
        check_links(NO_LINKS, targets(render(text) or ""))
    except ParleyError:
        return True
    return False


def _check_repeats(rules: Conduct, user: tuple[int, str], room_id: str, text: str, client_id: str | None) -> None:
    repeats = rules.repeats
    assert repeats is not None
    said = hash(" ".join(text.casefold().split()))
    once = client_id and (room_id, client_id)  # in another room the same id is another message's
    if not _repeats.exceed((*user, said), repeats.times, repeats.seconds, once):
        return
    if repeats.action == MUTE:
        raise _muting("repeats", user, room_id, repeats.mute_minutes)
    raise _refusing("repeats", user, room_id)


def _muting(rule: str, user: tuple[int, str], room_id: str, minutes: int) -> ParleyError:
    if _is_news(rule, *user, room_id):
        until = datetime.now(UTC) + timedelta(minutes=minutes)
        _follow(mute_user(room_id, user[1], until=until, cause=Cause(rule=rule)))
    return ParleyError(MUTED, retry_after=minutes * 60.0)


def _refusing(rule: str, user: tuple[int, str], room_id: str) -> ParleyError:
    if _is_news(rule, *user):  # of whatever room: nobody has asked yet whether there is one
        _follow(note_decision(Act.REFUSED, user[1], room_id=room_id, cause=Cause(rule=rule)))
    return ParleyError(
        CONTENT_REFUSED, f"The tenant's rule {rule!r} refuses this text.", errors=[{"field": "text", "code": rule}]
    )


def _is_news(*what: str | int) -> bool:
    return not _noted.exceed(what, 1, _NOTED_EVERY)


def _follow(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(_done(work))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def _done(work: Coroutine[Any, Any, None]) -> None:
    try:
        with audit.acting(audit.Actor):  # the rule, whoever's request it was
            await work
    except ParleyError:
        pass  # there is no such room
    except Exception:
        log.exception("conduct.failed")


async def settled() -> None:
    """Wait until what rules set going is done."""
    await asyncio.gather(*_under_way)
