"""What was decided, by whom, and why."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import async_to_sync

from chat.admin.moderation import link_to_person
from chat.models import Act
from chat.queries.decisions import DecisionView, decisions
from tenants.consoles.pages import Page
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console

_PER_PAGE: Final = 50
_NOTHING: Final = "—"


@tenant_console.page
class History(Page):
    address = "moderation/history/"
    name = "moderation_history"
    label = "Decisions"
    template = "chat/admin/moderation_history.html"
    permit = Permit.MODERATION_VIEW
    section, icon, place = "Moderation", "gavel", 20

    def context(self, **where: Any) -> dict[str, Any]:
        given = self.request.GET
        act = given.get("act", "") if given.get("act") in Act.values else ""
        user = given.get("user", "").replace("\x00", "").strip()
        found, more = async_to_sync(decisions)(
            user_id=user or None, act=act or None, limit=_PER_PAGE, before=_id(given.get("before", ""))
        )
        return {
            "acts": [(value, label, value == act) for value, label in Act.choices],
            "whom": user,
            "table": table_of(found),
            "next": f"?{urlencode({'act': act, 'user': user, 'before': found[-1].id})}" if more else "",
        }


def table_of(found: list[DecisionView]) -> dict[str, Any]:
    """For Unfold's table."""
    headers = ["When", "What", "Who", "Where", "Until", "Why", "By"]
    return {"headers": headers, "rows": [_row(decision) for decision in found]}


def _row(decision: DecisionView) -> list[Any]:
    held = decision.act in (Act.MUTED, Act.BANNED, Act.BLOCKED, Act.SHADOW_BLOCKED)
    return [
        f"{decision.created_at:%-d %b %Y, %H:%M}",
        Act(decision.act).label,
        link_to_person(decision.user_id, decision.user_name) if decision.user_id else _NOTHING,
        decision.room_name or decision.room_id or _NOTHING,
        f"{decision.until:%-d %b %Y, %H:%M}" if decision.until else "for good" if held else _NOTHING,
        decision.reason or _reports(decision),
        f"Rule: {decision.rule}" if decision.rule else decision.decider or "the server",
    ]


def _reports(decision: DecisionView) -> str:
    count = len(decision.reports)
    return f"{count} {'report' if count == 1 else 'reports'}" if count else _NOTHING


def _id(text: str) -> UUID | None:
    """None, which is the first page, for what is no id."""
    try:
        return UUID(text)
    except ValueError:
        return None
