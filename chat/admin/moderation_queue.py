"""The queue: messages that people reported, one keystroke from a decision."""

from __future__ import annotations

from functools import partialmethod
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from chat.admin.moderation import cause_of, durations, until_of
from chat.commands.judging import Verdict, judge
from chat.models import Act
from chat.queries.queue import MOST, NEWEST, Place, Reported, place_of, reported
from kit.errors import ParleyError
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage

_PER_PAGE: Final = 20
_MOST_AT_ONCE: Final = 100
_WARNING: Final = "A message of yours was reported, and it breaks our rules. Please keep to them."

KEYS: Final = {
    "dismiss": ("d", "Dismiss", "default", "Nothing is wrong with it"),
    "delete": ("x", "Delete message", "default", "Its words are gone for everybody"),
    "warn": ("w", "Warn", "default", "The author is sent the warning"),
    "mute": ("m", "Mute", "default", "The author reads in the room and cannot write"),
    "ban": ("b", "Ban from room", "default", "The author is shut out of the room"),
    "block": ("B", "Block everywhere", "danger", "The author cannot come in at all"),
}
"""Action -> its key, its word, how its button looks, and what it does."""

_DONE: Final = {
    "dismiss": "dismissed",
    "delete": "deleted",
    "warn": "answered with a warning",
    "mute": "answered with a mute",
    "ban": "answered with a ban",
    "block": "answered with a block",
}


@tenant_console.page
class Queue(TenantPage):
    address = "moderation/reports/"
    name = "moderation_queue"
    label = "Reports"
    template = "chat/admin/moderation_queue.html"
    permit = Permit.MODERATION_VIEW
    actions = dict.fromkeys(KEYS, Permit.MODERATION_ACT)
    section, icon, place = "Moderation", "flag", 10

    def context(self, **where: Any) -> dict[str, Any]:
        order = MOST if self.request.GET.get("sort") == MOST else NEWEST
        found, more = async_to_sync(reported)(order, limit=_PER_PAGE, after=self._after())
        return {
            "items": [self._shown(item, order) for item in found],
            "order": order,
            "next": _link(sort=order, after=_wire(place_of(found[-1], order))) if more else "",
            "is_first": "after" not in self.request.GET,
            "keys": [(action, *key) for action, key in KEYS.items()],
            "durations": durations(self.request),
            "warning": _WARNING,
        }

    def _after(self) -> Place | None:
        """What makes no sense begins at the first page."""
        count, _, latest = self.request.GET.get("after", "").partition(".")
        try:
            return int(count) % 2**63, UUID(latest)
        except ValueError:
            return None

    def _shown(self, item: Reported, order: str) -> dict[str, Any]:
        place = _link(sort=order, only=str(item.id))
        buttons = [
            {
                "action": action,
                "label": label,
                "variant": variant,
                "attrs": {"formaction": place, "data-key": key, "aria-label": f"{label}: {item.text[:60]}"},
            }
            for action, (key, label, variant, _) in KEYS.items()
            if item.user_id is not None or action in ("dismiss", "delete")
        ]
        return {
            "message": item,
            "buttons": buttons,
            "earlier": [(Act(act).label, times) for act, times in sorted(item.acts.items())],
            "before": [said for said in item.around if said["seq"] < item.seq],
            "after": [said for said in item.around if said["seq"] > item.seq],
        }

    # Deciding

    def _decide(self, action: str) -> HttpResponse:
        verdict = Verdict(cause_of(self.request), until_of(self.request), self._words())
        done = 0
        for message_id in self._meant():
            try:
                async_to_sync(judge)(self.tenant, action, message_id, verdict)
                done += 1
            except ParleyError as error:
                messages.error(self.request, error.detail)
        if done:
            self.say(f"{done} {'message' if done == 1 else 'messages'} {_DONE[action]}.")
        sort = self.request.GET.get("sort", "")
        kept = {"sort": sort if sort == MOST else NEWEST, "for": self.request.POST.get("for", "")}
        return HttpResponseRedirect(f"{reverse('tenant:moderation_queue')}?{urlencode(kept)}")

    def _meant(self) -> list[UUID]:
        """The message whose own button was pressed, or all those that are ticked."""
        only = self.request.GET.get("only")
        given = [only] if only else self.request.POST.getlist("message")[:_MOST_AT_ONCE]
        try:
            return [UUID(message_id) for message_id in given]
        except ValueError:
            return []

    def _words(self) -> str:
        return self.request.POST.get("words", "").replace("\x00", "").strip()

    do_dismiss = partialmethod(_decide, "dismiss")
    do_delete = partialmethod(_decide, "delete")
    do_warn = partialmethod(_decide, "warn")
    do_mute = partialmethod(_decide, "mute")
    do_ban = partialmethod(_decide, "ban")
    do_block = partialmethod(_decide, "block")


def _link(**query: str) -> str:
    return f"?{urlencode(query)}"


def _wire(place: Place) -> str:
    return f"{place[0]}.{place[1]}"
