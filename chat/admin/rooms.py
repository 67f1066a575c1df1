"""The list of a tenant's rooms, and making one."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from chat.api.schemas import ROOM_ID
from chat.commands.rooms import create_room
from chat.models import Room, RoomKind
from chat.policies import SERVER
from kit.errors import ROOM_EXISTS, ParleyError
from kit.text import storable
from tenants.consoles.pages import Page
from tenants.consoles.permits import Permit
from tenants.consoles.tables import Table
from tenants.consoles.tenant_console import tenant_console

MOST_SLOW_SECONDS = 3_600
_MOST_COUNTED = 1_000
_MEMBERS = f"""
    SELECT count(*) FROM (SELECT FROM chat_member WHERE room_id = chat_room.id LIMIT {_MOST_COUNTED + 1}) few
"""  # noqa: S608 - a constant
_STATES = {
    "open": ("In use", Q(archived_at=None, frozen_at=None)),
    "frozen": ("Frozen", Q(archived_at=None, frozen_at__isnull=False)),
    "archived": ("Archived", Q(archived_at__isnull=False)),
}


def room_or_404(room_id: str) -> Room:
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise Http404(f"There is no room {room_id!r}.")
    return room


def state_of(room: Room) -> str:
    """In a word: whether anybody writes there."""
    if room.archived_at:
        return "Archived"
    return "Frozen" if room.frozen_at else "In use"


class _State(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in _STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> QuerySet[Room]:
        chosen = _STATES.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


@admin.register(Room, site=tenant_console)
class Rooms(Table):
    """By their ids, so that the first page is read off the key's index."""

    permit = Permit.ROOMS_VIEW
    section, icon, label, place = "Rooms", "forum", "Rooms", 10
    detail = "room"
    list_display = ["shown_name", "id", "kind", "shown_state", "shown_members", "active_at"]
    list_display_links = ["shown_name", "id"]
    list_filter = ["kind", _State]
    search_fields = ["id"]
    search_help_text = "The beginning of an id or of a name"
    ordering = ["id"]
    sortable_by = ["id"]
    list_before_template = "chat/admin/rooms_actions.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        rooms: QuerySet[Room] = super().get_queryset(request)
        return rooms.extra(select={"counted_members": _MEMBERS})  # noqa: S610 - a constant

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Room], search_term: str
    ) -> tuple[QuerySet[Room], bool]:
        words = search_term.strip()
        if not words:
            return queryset, False
        named = queryset.alias(lower_name=Lower("name"))
        return named.filter(Q(id__startswith=words) | Q(lower_name__startswith=words.lower())), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may = {"create": Permit.ROOMS_CHANGE in self.admin_site.permits_of(request)}
        return super().changelist_view(request, {"may": may, **(extra_context or {})})

    @display(description="Name")  # type: ignore[untyped-decorator]
    def shown_name(self, room: Room) -> str:
        return room.name or "(none)"

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"In use": "success", "Frozen": "info", "Archived": "warning"}
    )
    def shown_state(self, room: Room) -> str:
        return state_of(room)

    @display(description="Members")  # type: ignore[untyped-decorator]
    def shown_members(self, room: Any) -> str:
        counted: int = room.counted_members
        return f"{counted:,}" if counted <= _MOST_COUNTED else f"over {_MOST_COUNTED:,}"


def _storable(text: str) -> str:
    try:
        return storable(text)
    except ValueError as wrong:
        raise forms.ValidationError(f"It {wrong}.") from None


class RoomForm(forms.Form):
    name = forms.CharField(max_length=120, required=False, widget=UnfoldAdminTextInputWidget)
    topic = forms.CharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget)

    def clean_name(self) -> str:
        return _storable(self.cleaned_data["name"])

    def clean_topic(self) -> str:
        return _storable(self.cleaned_data["topic"])


class NewRoomForm(RoomForm):
    id = forms.RegexField(
        ROOM_ID,
        required=False,
        label="Id",
        help_text="As your own system calls it. It stays. Left empty, one is made.",
        widget=UnfoldAdminTextInputWidget,
        error_messages={"invalid": "An id has 1 to 64 letters, digits and . : _ -, a letter or digit first."},
    )
    kind = forms.ChoiceField(
        choices=[(RoomKind.OPEN, "Open: everybody reads and writes"), (RoomKind.PRIVATE, "Private: members only")],
        help_text="It stays, too.",
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ["id", "name", "topic", "kind"]


@tenant_console.page
class NewRoom(Page):
    address = "new-room"
    name = "new_room"
    label = "New room"
    template = "chat/admin/new_room.html"
    permit = Permit.ROOMS_CHANGE
    actions = {"create": Permit.ROOMS_CHANGE}

    def context(self, **where: Any) -> dict[str, Any]:
        return {"form": NewRoomForm()}

    def do_create(self) -> HttpResponse:
        form = NewRoomForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, form=form)
        chosen = {**form.cleaned_data, "room_id": form.cleaned_data["id"] or None}
        del chosen["id"]
        try:
            made = async_to_sync(create_room)(SERVER, **chosen)
        except ParleyError as refusal:
            if refusal.code != ROOM_EXISTS:
                raise
            form.add_error("id", refusal.detail)
            return self.render(422, form=form)
        self.say(f"The room {chosen['name'] or made.id} is there.")
        return HttpResponseRedirect(reverse("tenant:room", args=[made.id]))
