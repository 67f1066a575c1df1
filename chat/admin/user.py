"""One user: who it is, where, since when; and what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.http import Http404, HttpResponse

from chat.admin.users import ProfileForm, development_token, state_of
from chat.commands import members, profiles
from chat.commands.blocks import block_user, shadow_block_user, unblock_user
from chat.commands.deciding import Cause
from chat.commands.users import revoke
from chat.models import MemberRole, User
from chat.policies import SERVER, Actor
from chat.queries import person
from chat.queries.rooms import RoomFilter, RoomView, rooms_for
from kit.errors import INVALID, NOT_FOUND, ParleyError
from tenants.account_sessions import end_sessions, sessions_here
from tenants.audit import record
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage

_MOST_ROOMS = 50
_MOST_MESSAGES = 10
_HOURS = ("1", "24", "168", "720")


def user_or_404(user_id: str) -> User:
    found = User.objects.select_related("block", "guest_link").filter(pk=user_id)
    user = found.first() if "\x00" not in user_id else None
    if user is None:
        raise Http404(f"There is no user {user_id!r}.")
    return user


@tenant_console.page
class UserPage(TenantPage):
    address = "user/<str:user_id>"
    name = "user"
    label = "User"
    template = "chat/admin/user.html"
    permit = Permit.USERS_VIEW
    actions = {
        "save": Permit.USERS_CHANGE,
        "deactivate": Permit.USERS_CHANGE,
        "reactivate": Permit.USERS_CHANGE,
        "revoke": Permit.USERS_CHANGE,
        "end_session": Permit.USERS_CHANGE,
        "mint": Permit.KEYS_CHANGE,
        "block": Permit.MODERATION_ACT,
        "shadow_block": Permit.MODERATION_ACT,
        "unblock": Permit.MODERATION_ACT,
        "join": Permit.ROOMS_CHANGE,
        "change_role": Permit.ROOMS_CHANGE,
        "remove": Permit.ROOMS_CHANGE,
    }
    asks = {"join": "room"}
    fresh = frozenset({"mint"})

    def title(self) -> str:
        return f"User {self.kwargs['user_id']}"

    def context(self, **where: Any) -> dict[str, Any]:
        user_id = str(where["user_id"])
        user = user_or_404(user_id)
        sees_messages = Permit.CONVERSATIONS_VIEW in self.permits
        return {
            "subject": user,
            "state": state_of(user),
            "form": ProfileForm(initial=_profile_of(user)),
            "barred": getattr(user, "block", None),
            "signed_in": sessions_here(user.account_id, self.tenant.id) if user.account_id else [],
            "is_here": async_to_sync(person.is_here)(user_id),
            "rooms": _rooms_of(user_id),
            "most_rooms": _MOST_ROOMS,
            "roles": MemberRole.choices,
            "sees_messages": sees_messages,
            "messages_said": _said(user_id) if sees_messages else [],
            "sees_decisions": Permit.MODERATION_VIEW in self.permits,
            "may_erase": Permit.USERS_ERASE in self.permits,
        }

    def do_save(self, user_id: str) -> HttpResponse | None:
        user_or_404(user_id)
        form = ProfileForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, **{**self.context(user_id=user_id), "form": form})
        name, avatar, custom_data = (form.cleaned_data[field] for field in ("name", "avatar", "custom_data"))
        async_to_sync(profiles.update_user)(SERVER, user_id, name=name, avatar=avatar, data=custom_data)
        self.say("Saved.")
        return None

    def do_deactivate(self, user_id: str) -> None:
        async_to_sync(profiles.update_user)(SERVER, user_id, active=False)
        self.say(f"{user_id} cannot come in any more, and what was open is closed.")

    def do_reactivate(self, user_id: str) -> None:
        async_to_sync(profiles.update_user)(SERVER, user_id, active=True)
        self.say(f"{user_id} can come in again.")

    def do_block(self, user_id: str) -> None:
        async_to_sync(block_user)(user_id, until=self._until(), cause=self._cause())
        self.say(f"{user_id} is blocked.")

    def do_shadow_block(self, user_id: str) -> None:
        async_to_sync(shadow_block_user)(user_id, until=self._until(), cause=self._cause())
        self.say(f"{user_id} is shadow-blocked.")

    def do_unblock(self, user_id: str) -> None:
        async_to_sync(unblock_user)(user_id, cause=self._cause())
        self.say(f"{user_id} is blocked no more.")

    def _until(self) -> datetime | None:
        hours = self.request.POST.get("hours", "")
        return datetime.now(UTC) + timedelta(hours=int(hours)) if hours in _HOURS else None

    def _cause(self) -> Cause:
        account = self.request.user
        reason = self.posted("reason", 500)
        return Cause(str(account.pk), str(getattr(account, "name", "")), reason)

    def do_end_session(self, user_id: str) -> None:
        account, session = user_or_404(user_id).account_id, self.request.POST.get("session", "")
        if not (account and session.isdecimal() and end_sessions(account, self.tenant.id, int(session))):
            raise ParleyError(NOT_FOUND, "This session has ended already.")
        record(self.tenant, "user.session_ended", f"user:{user_id}")
        self.say("Signed out there.")

    def do_revoke(self, user_id: str) -> None:
        """Tokens and what they opened; of somebody with an account the sessions here, too."""
        user = user_or_404(user_id)
        async_to_sync(revoke)(user_id)
        if user.account_id:
            end_sessions(user.account_id, self.tenant.id)
        self.say("Every token made before now is void, and what they opened is closed.")

    def do_mint(self, user_id: str) -> HttpResponse:
        user_or_404(user_id)
        token = development_token(self.tenant, user_id)
        return self.render(**self.context(user_id=user_id), token=token)

    def do_join(self, user_id: str) -> None:
        room_id = self.posted("room")
        if not async_to_sync(members.join)(SERVER, room_id, user_id):
            raise ParleyError(INVALID, f"{user_id} is a member of {room_id} already.")
        self.say(f"{user_id} is a member of {room_id} now.")

    def do_change_role(self, user_id: str) -> None:
        room_id, role = self.posted("room"), self.posted("role")
        if role not in MemberRole.values:
            raise ParleyError(INVALID, "There is no such role.")
        async_to_sync(members.place)(SERVER, room_id, {user_id: role})
        self.say(f"{user_id} is {role} in {room_id}.")

    def do_remove(self, user_id: str) -> None:
        room_id = self.posted("room")
        async_to_sync(members.remove)(SERVER, room_id, user_id)
        self.say(f"{user_id} is no member of {room_id} any more.")


def _profile_of(user: User) -> dict[str, Any]:
    return {"name": user.name, "avatar": user.avatar, "custom_data": user.data or {}}


def _rooms_of(user_id: str) -> list[RoomView]:
    rooms, _ = async_to_sync(rooms_for)(Actor(user_id), RoomFilter(member=True), limit=_MOST_ROOMS)
    return rooms


def _said(user_id: str) -> list[person.RecentMessage]:
    return async_to_sync(person.recent_messages)(user_id, limit=_MOST_MESSAGES)
