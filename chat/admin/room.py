"""One room: what it is, who is in it, and what can be done about it. It is done as the tenant's server does it, so the
room is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from asgiref.sync import async_to_sync
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from unfold.widgets import UnfoldAdminTextInputWidget

from chat import guest_tokens
from chat.admin.rooms import MOST_SLOW_SECONDS, RoomForm, room_or_404, state_of
from chat.commands import members, pins
from chat.commands.guests import revoke_guest_link
from chat.commands.rooms import update_room
from chat.models import MemberRole, Room
from chat.policies import SERVER
from chat.queries import people
from chat.queries.guests import guest_links
from chat.queries.messages import pins as pins_of
from chat.queries.rooms import room_for
from kit.errors import INVALID, ParleyError
from kit.ids import wire_id
from tenants.audit import record
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.origins import own_origin

_MOST_LINKS = 50
_MEMBERS_PER_PAGE = 50


class OfRoom(TenantPage):
    """What the pages of a room share."""

    def dispatch(self, request: HttpRequest, *args: Any, **where: Any) -> HttpResponseBase:
        if "\x00" in where["room_id"]:
            raise Http404("There is no such room.")
        return super().dispatch(request, *args, **where)

    def title(self) -> str:
        return str(self.kwargs["room_id"])

    def record(
        self, action: str, target: str, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None
    ) -> None:
        record(self.tenant, action, target, before=before, after=after)

    def of_room(self, room: Room) -> dict[str, Any]:
        """The head that they have in common."""
        return {
            "room": room,
            "state": state_of(room),
            "may_see": Permit.CONVERSATIONS_VIEW in self.permits,
            "may_export": Permit.ROOMS_EXPORT in self.permits,
        }


class Pinned(NamedTuple):
    """``id`` as commands take it, ``stored_id`` as addresses of this console do."""

    id: str
    stored_id: UUID
    user_name: str | None
    text: str
    pinned_at: datetime | None


class SlowForm(forms.Form):
    seconds = forms.IntegerField(
        min_value=0,
        max_value=MOST_SLOW_SECONDS,
        label="Seconds between two messages of a member",
        help_text=f"0 is off, {MOST_SLOW_SECONDS:,} the most. Moderators and owners are not held up.",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "number", "min": 0, "max": MOST_SLOW_SECONDS}),
    )


@tenant_console.page
class RoomPage(OfRoom):
    address = "room/<str:room_id>"
    name = "room"
    label = "Room"
    template = "chat/admin/room.html"
    permit = Permit.ROOMS_VIEW
    actions = {
        "save": Permit.ROOMS_CHANGE,
        "archive": Permit.ROOMS_CHANGE,
        "restore": Permit.ROOMS_CHANGE,
        "freeze": Permit.MODERATION_ACT,
        "unfreeze": Permit.MODERATION_ACT,
        "slow": Permit.MODERATION_ACT,
        "unpin": Permit.MODERATION_ACT,
        "revoke_link": Permit.ROOMS_CHANGE,
    }

    def context(self, **where: Any) -> dict[str, Any]:
        room = room_or_404(str(where["room_id"]))
        of_room = self.of_room(room)
        return {
            **of_room,
            "view": async_to_sync(room_for)(SERVER, room.pk),
            "form": RoomForm(initial={"name": room.name, "topic": room.topic}),
            "slow_form": SlowForm(initial={"seconds": room.slow_seconds}),
            "links": [] if room.kind == "direct" else self._links(room.pk),
            "pins": async_to_sync(_pinned)(room.pk) if of_room["may_see"] else [],
        }

    def _links(self, room_id: str) -> list[dict[str, Any]]:
        """Whoever knows a URL may come in, so it is shown to those alone who may let people in."""
        found, _ = async_to_sync(guest_links)(SERVER, room_id, limit=_MOST_LINKS)
        origin = own_origin(self.request.get_host())
        return [{"link": link, "url": self._url(origin, link.id) if self.may("revoke_link") else ""} for link in found]

    def _url(self, origin: str, link_id: str) -> str:
        return f"{origin}/guest/{guest_tokens.sign(link_id, self.tenant.schema_name)}"

    def do_save(self, room_id: str) -> HttpResponse | None:
        form = RoomForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, **{**self.context(room_id=room_id), "form": form})
        self._change(room_id, **form.cleaned_data)
        self.say("Saved.")
        return None

    def do_slow(self, room_id: str) -> HttpResponse | None:
        form = SlowForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, **{**self.context(room_id=room_id), "slow_form": form})
        self._change(room_id, slow_seconds=form.cleaned_data["seconds"])
        self.say("Saved.")
        return None

    def do_archive(self, room_id: str) -> None:
        self._change(room_id, archived=True)
        self.say("The room is archived: it can be read, and nobody writes there.")

    def do_restore(self, room_id: str) -> None:
        self._change(room_id, archived=False)
        self.say("The room is in use again.")

    def do_freeze(self, room_id: str) -> None:
        self._change(room_id, frozen=True)
        self.say("The room is frozen: only its moderators and owners write.")

    def do_unfreeze(self, room_id: str) -> None:
        self._change(room_id, frozen=False)
        self.say("Everybody writes again.")

    def _change(self, room_id: str, **changes: Any) -> None:
        async_to_sync(update_room)(SERVER, room_id, changes)

    def do_unpin(self, room_id: str) -> None:
        async_to_sync(pins.unpin)(self.tenant, SERVER, room_id, self.posted("message"))
        self.say("It is pinned no more.")

    def do_revoke_link(self, room_id: str) -> None:
        async_to_sync(revoke_guest_link)(SERVER, room_id, self.posted("link"))
        self.say("The link opens nothing any more, and its guests have gone.")


async def _pinned(room_id: str) -> list[Pinned]:
    found = await pins_of(SERVER, room_id)
    return [Pinned(wire_id("m", pin.id), pin.id, pin.user_name, pin.text, pin.pinned_at) for pin in found]


@tenant_console.page
class RoomMembers(OfRoom):
    address = "room/<str:room_id>/members"
    name = "room_members"
    label = "Members"
    template = "chat/admin/room_members.html"
    permit = Permit.ROOMS_VIEW
    actions = dict.fromkeys(("place", "remove"), Permit.ROOMS_CHANGE)
    asks = {"place": "user"}

    def context(self, **where: Any) -> dict[str, Any]:
        room = room_or_404(str(where["room_id"]))
        after = self.request.GET.get("after", "").replace("\x00", "")
        found, more = async_to_sync(people.members)(room.pk, limit=_MEMBERS_PER_PAGE, after=after)
        return {
            **self.of_room(room),
            "members": found,
            "after": after,
            "next": found[-1].id if more else "",
            "roles": MemberRole.choices,
        }

    def do_place(self, room_id: str) -> None:
        """Whoever is no member comes in with the role, and who is one gets it."""
        user_id, role = self.posted("user"), self.posted("role")
        if role not in MemberRole.values:
            raise ParleyError(INVALID, "There is no such role.")
        async_to_sync(members.place)(SERVER, room_id, {user_id: role})
        self.say(f"{user_id} is {role} of this room.")

    def do_remove(self, room_id: str) -> None:
        user_id = self.posted("user")
        async_to_sync(members.remove)(SERVER, room_id, user_id)
        self.say(f"{user_id} is no member any more.")
