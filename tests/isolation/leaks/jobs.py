"""In the worker: jobs, webhooks, mails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chat.webhooks import lanes, outbox
from tenants import mails, rounds
from tests.isolation.leaks import instead_of

_entered: list[Any] = []
_urls: dict[str, str] = {}
_bodies: dict[Any, Any] = {}
_mails: dict[str, str] = {}


@instead_of(rounds, "tenant_scope")
def job_in_anothers_scope(enter: Any, tenant: Any) -> Any:
    """A job's work is done for the tenant before."""
    _entered.append(tenant)
    return enter(_entered[max(0, len(_entered) - 2)])


@instead_of(lanes, "claim")
async def webhook_by_room_alone(claim: Any, now: Any) -> Any:
    """Where a room's events go is remembered by the room."""
    return [replace(lane, url=_urls.setdefault(lane.room_id, lane.url)) for lane in await claim(now)]


@instead_of(outbox, "event_payload")
def event_by_room_and_seq(encode: Any, event: Any) -> Any:
    """An event is encoded once for each room and seq."""
    return _bodies.setdefault((event.room_id, event.seq), encode(event))


@instead_of(mails, "render_to_string")
def mail_remembered_by_template(render: Any, template: str, context: Any) -> str:
    """A cache of rendered mails."""
    return _mails.setdefault(template, render(template, context))
