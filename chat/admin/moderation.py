"""What the pages of moderation share: for how long, by whom, and how a decision is put in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.commands.deciding import Cause
from tenants.models import Account

DURATIONS: Final[dict[str, tuple[str, timedelta | None]]] = {
    "hour": ("1 hour", timedelta(hours=1)),
    "day": ("1 day", timedelta(days=1)),
    "week": ("1 week", timedelta(weeks=1)),
    "month": ("30 days", timedelta(days=30)),
    "ever": ("For good", None),
}
_USUAL: Final = "day"


def durations(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """Name, label and whether it is chosen."""
    chosen = _chosen(request)
    return [(name, label, name == chosen) for name, (label, _) in DURATIONS.items()]


def until_of(request: HttpRequest) -> datetime | None:
    """When what the form decides ends; None: never."""
    _, length = DURATIONS[_chosen(request)]
    return datetime.now(UTC) + length if length else None


def _chosen(request: HttpRequest) -> str:
    name = request.POST.get("for") or request.GET.get("for", "")
    return name if name in DURATIONS else _USUAL


def cause_of(request: HttpRequest) -> Cause:
    """Whoever is signed in, and the form's ``reason``."""
    account = request.user
    assert isinstance(account, Account)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:1_000]
    return Cause(str(account.pk), account.name or account.email, reason)


def link_to_person(user_id: str, name: str | None) -> SafeString:
    place = reverse("tenant:moderation_person", args=[user_id])
    return format_html('<a class="moderation-link" href="{}">{}</a>', place, name or user_id)
