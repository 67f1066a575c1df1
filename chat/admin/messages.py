"""What was said, in all rooms: to look through and to search; and one message with what stands around it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django import forms
from django.http import Http404, QueryDict
from unfold.widgets import UnfoldAdminTextInputWidget

from chat.admin.days import beginning, day_field, end
from chat.api.cursors import make_cursor, read_cursor
from chat.commands import editing
from chat.models import Report
from chat.policies import SERVER
from chat.queries.latest import Said, Wanted, around, latest, said
from chat.queries.messages import Wording, wordings
from chat.queries.search import Filters, Place, search
from kit.errors import ParleyError
from kit.ids import wire_id
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.models import Tenant

_PER_PAGE = 50
_AROUND = 8


class MessagesForm(forms.Form):
    q = forms.CharField(required=False, max_length=200, label="Words", widget=UnfoldAdminTextInputWidget)
    room = forms.CharField(required=False, max_length=64, label="Room's id", widget=UnfoldAdminTextInputWidget)
    user = forms.CharField(required=False, max_length=128, label="User's id", widget=UnfoldAdminTextInputWidget)
    first = day_field("First day")
    last = day_field("Last day")


@tenant_console.page
class Messages(TenantPage):
    """Words are looked up as everybody's search does it; without words it is the latest that is shown."""

    address = "messages/"
    name = "messages"
    label = "Messages"
    template = "chat/admin/messages.html"
    permit = Permit.CONVERSATIONS_VIEW
    section, icon, place = "Rooms", "chat", 30

    def context(self, **where: Any) -> dict[str, Any]:
        form = MessagesForm(self.request.GET)
        if not form.is_valid():
            return {"form": form, "found": [], "said": [], "next": ""}
        chosen = form.cleaned_data
        wanted = Wanted(
            chosen["room"] or None,
            chosen["user"] or None,
            beginning(chosen["first"]),
            end(chosen["last"]),
        )
        try:
            return {"form": form, **(self._search(chosen["q"], wanted) if chosen["q"] else self._latest(wanted))}
        except ParleyError as refusal:
            form.add_error("room", refusal.detail)
        except ValueError:
            form.add_error(None, "This page is not there.")
        return {"form": form, "found": [], "said": [], "next": ""}

    def _latest(self, wanted: Wanted) -> dict[str, Any]:
        before = None
        if self._follows:
            message_id, seq = self._cursor(str, int)
            before = (UUID(message_id), seq)
        shown, more = async_to_sync(latest)(wanted, limit=_PER_PAGE, before=before)
        return {"said": shown, "next": self._address(str(shown[-1].id), shown[-1].seq) if more else ""}

    def _search(self, words: str, wanted: Wanted) -> dict[str, Any]:
        tenant = Tenant.objects.only("search_language").get(pk=self.tenant.id)
        filters = Filters(wanted.room_id, wanted.user_id, wanted.since, wanted.until)
        place = None
        if self._follows:
            created_at, message_id = self._cursor(str, str)
            place = Place(datetime.fromisoformat(created_at), UUID(message_id))
        found, place = async_to_sync(search)(
            SERVER, words, tenant.search_language, filters, limit=_PER_PAGE, place=place
        )
        behind = self._address(place.created_at.isoformat(), str(place.id)) if place else ""
        return {"found": found, "next": behind}

    @property
    def _follows(self) -> bool:
        return bool(self.request.GET.get("cursor"))

    def _cursor(self, *kinds: type) -> list[Any]:
        return list(read_cursor(self.request.GET["cursor"], *kinds))

    def _address(self, *place: str | int) -> str:
        query: QueryDict = self.request.GET.copy()
        query["cursor"] = make_cursor(*place)
        return f"?{query.urlencode()}"


@tenant_console.page
class MessagePage(TenantPage):
    address = "message/<uuid:message_id>"
    name = "message"
    label = "Message"
    template = "chat/admin/message.html"
    permit = Permit.CONVERSATIONS_VIEW
    actions = {"delete": Permit.MODERATION_ACT}

    def context(self, **where: Any) -> dict[str, Any]:
        message = _said_or_404(where["message_id"])
        return {
            "message": message,
            "id": wire_id("m", message.id),
            "beside": async_to_sync(around)(message.room_id, message.seq, before=_AROUND, after=_AROUND),
            "wordings": async_to_sync(_wordings)(message),
            "reports": Report.objects.filter(message_id=message.id).order_by("-id")[:_PER_PAGE],
        }

    def do_delete(self, message_id: UUID) -> None:
        message = _said_or_404(message_id)
        async_to_sync(editing.delete)(self.tenant, SERVER, message.room_id, wire_id("m", message.id))
        self.say("It is deleted: its words are gone for everybody.")


def _said_or_404(message_id: UUID) -> Said:
    message = async_to_sync(said)(message_id)
    if message is None:
        raise Http404("There is no such message.")
    return message


async def _wordings(message: Said) -> list[Wording]:
    """What is withheld is shown to its author alone, and so are its earlier wordings."""
    if message.withheld:
        return []
    return await wordings(SERVER, message.room_id, wire_id("m", message.id))
