"""A room as it goes on: to watch, and to take part in.

Whoever may be in the room, as people of the hosted rooms may, has the room itself, and is seen as anybody else is. A
private room is joined first, as its moderator, and everybody is told. Without joining, and in direct conversations,
there is a view to look at that nobody notices; that somebody looked is in the audit log.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from csp.constants import SELF
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse

from chat.admin.room import OfRoom
from chat.admin.rooms import room_or_404
from chat.api.caller import actor_of
from chat.commands import members
from chat.models import MemberRole, Room, RoomKind
from chat.payloads import user_payload
from chat.policies import SERVER, Access, Actor, check_may_read
from chat.queries.latest import around
from chat.queries.timeline import snapshot
from kit.errors import NOT_ALLOWED, ParleyError
from tenants.appearance import appearance_payload
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console

_SHOWN = 50

_PICTURES = {"img-src": [SELF, "data:", "blob:", "https:"], "media-src": [SELF, "blob:"]}
"""People's pictures lie anywhere; what is about to be sent, or heard, is a blob."""


@tenant_console.page
class RoomLive(OfRoom):
    address = "room/<str:room_id>/live"
    name = "room_live"
    label = "Live"
    template = "chat/admin/room_live.html"
    permit = Permit.CONVERSATIONS_VIEW
    actions = dict.fromkeys(("join", "leave"), Permit.MODERATION_ACT)

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        """With ``seen``, the seq up to which it is on the screen, only what is there now, and nothing where that is
        the same."""
        room = room_or_404(str(where["room_id"]))
        seen = request.GET.get("seen")
        if seen is None:
            return self._whole(room)
        if seen == str(room.last_seq):
            return HttpResponse(status=204)
        self._record_watching(room)
        return TemplateResponse(request, "chat/admin/room_timeline.html", _timeline(room))

    def _whole(self, room: Room) -> HttpResponse:
        me = self._me()
        access = async_to_sync(_access)(self.tenant.schema_name, room.pk, me) if me else None
        takes_part = me is not None and access is not None and _may_read(me, room.pk, access)
        context = {
            **self.of_room(room),
            "takes_part": takes_part,
            "is_member": access is not None and access.role is not None,
            "may_join": me is not None and not takes_part and room.kind == RoomKind.PRIVATE,
        }
        if takes_part and me is not None:
            answer = self.render(**context, hosted=self._hosted(room, me))
            answer._csp_replace = _PICTURES  # type: ignore[attr-defined]
            return answer
        self._record_watching(room)
        return self.render(**{**context, **_timeline(room)})

    def _record_watching(self, room: Room) -> None:
        """Once in a session, whichever way it began."""
        watched = self.request.session.setdefault("watched", [])
        if room.pk not in watched:
            self.record("room.watched", f"room:{room.pk}")
            self.request.session["watched"] = [*watched, room.pk]

    def _hosted(self, room: Room, me: Actor) -> dict[str, Any]:
        return {
            "me": user_payload(me.user_id or "", me.name, me.avatar),
            "room": room.pk,
            "organisation": {"name": self.tenant.name},
            "appearance": appearance_payload(self.tenant.appearance),
            "csrf": get_token(self.request),
        }

    def _me(self) -> Actor | None:
        """Nobody for support, which has no place among the tenant's people."""
        if self.request.membership is None:  # type: ignore[attr-defined]
            return None
        me: Actor = async_to_sync(actor_of)(self.request)
        return me

    def do_join(self, room_id: str) -> None:
        me = self._me()
        if me is None or me.user_id is None:
            raise ParleyError(NOT_ALLOWED, "Support watches and takes no part.")
        async_to_sync(members.place)(SERVER, room_id, {me.user_id: MemberRole.MODERATOR})
        self.say("You are a moderator of this room now, and everybody there is told.")

    def do_leave(self, room_id: str) -> None:
        me = self._me()
        if me is None or me.user_id is None:
            raise ParleyError(NOT_ALLOWED, "Support watches and takes no part.")
        async_to_sync(members.remove)(me, room_id, me.user_id)
        self.record("member.removed", f"user:{me.user_id}", {"room": room_id})
        self.say("You have left the room.")


async def _access(schema: str, room_id: str, me: Actor) -> Access:
    return (await snapshot(schema, room_id, me)).access


def _may_read(me: Actor, room_id: str, access: Access) -> bool:
    try:
        check_may_read(me, room_id, access)
    except ParleyError:
        return False
    return True


def _timeline(room: Room) -> dict[str, Any]:
    latest = async_to_sync(around)(room.pk, room.last_seq, before=_SHOWN - 1, after=0)
    return {"room": room, "timeline": latest, "shown": _SHOWN}
