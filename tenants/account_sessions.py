"""Where somebody is signed in on one tenant's host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``id`` names the session without opening it."""

    id: int
    device: str
    address: str
    since: datetime
    last_seen: datetime


def sessions_here(account_id: str, tenant_id: int) -> list[SignedIn]:
    """The latest first; those on other hosts are nobody's business here. One statement."""
    return [
        SignedIn(each.pk, each.user_agent, str(each.ip), each.created_at, each.last_seen_at)
        for each in _found(account_id, tenant_id)
    ]


def end_sessions(account_id: str, tenant_id: int, session_id: int | None = None) -> int:
    """One of them, or all; how many there were."""
    doomed = [each for each in _found(account_id, tenant_id) if session_id in (None, each.pk)]
    for session in doomed:
        session.end()
    return len(doomed)


def _found(account_id: str, tenant_id: int) -> QuerySet[UserSession]:
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    here: QuerySet[UserSession] = UserSession.objects.filter(user_id=account_id, data__tenant=tenant_id)
    here = here.filter(session_key__in=alive)
    return here.order_by("-last_seen_at")
