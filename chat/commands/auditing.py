"""The audit log's part in what both doors do: what was done as the tenant's server, and what people moderate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chat.policies import Actor
from tenants import audit
from tenants.models.audit import ActorKind


async def record_act(actor: Actor, action: str, target: str = "", **changes: Mapping[str, Any] | None) -> None:
    """Write down what ``actor`` did, in the log of the tenant in scope; ``changes`` as ``tenants.audit.record`` takes
    them. Call it after the commit, and never where messages are stored: the tenant's entries are written one at a time.
    """
    acts = audit.who_acts()
    if not actor.is_server and acts.kind is ActorKind.SYSTEM:  # the request names whom it knows: accounts and keys
        acts = replace(acts, kind=ActorKind.USER, id=actor.user_id or "", name=actor.name)
    with audit.acting(lambda: acts):
        await audit.record_here(action, target, **changes)


async def record_roles(what: str, room_id: str, roles: Mapping[str, str], before: Mapping[str, str]) -> None:
    """``what`` ("added", "role_changed") was done to members of a room: one entry, for one of them or for many.
    ``before``: the roles of those who had one."""
    if not roles:
        return
    if len(roles) > 1:
        was = {"members": dict(before)} if before else None
        await audit.record_here(f"members.{what}", f"room:{room_id}", before=was, after={"members": dict(roles)})
        return
    [(user_id, role)] = roles.items()
    had = {"room": room_id, "role": before[user_id]} if before else None
    await audit.record_here(f"member.{what}", f"user:{user_id}", before=had, after={"room": room_id, "role": role})
