"""What moderators know of one person, and may do about them."""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import async_to_sync
from django.http import Http404

from chat.admin.moderation import cause_of, durations, until_of
from chat.admin.moderation_history import table_of
from chat.commands.bans import lift_ban
from chat.commands.blocks import block_user, shadow_block_user, unblock_user
from chat.commands.mutes import unmute_user
from chat.commands.notes import add_note
from chat.commands.warning import warn_user
from chat.policies import SERVER
from chat.queries.decisions import Restriction, decisions, person, restrictions, withheld
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage

_MOST_DECISIONS: Final = 50
_HELD: Final = {
    "block": "Blocked everywhere",
    "shadow": "Shadow-blocked: what is sent only its author sees",
    "ban": "Banned from",
    "mute": "Muted in",
}


@tenant_console.page
class ModeratedPerson(TenantPage):
    address = "moderation/people/<path:user>/"
    name = "moderation_person"
    label = "Person"
    template = "chat/admin/moderation_person.html"
    permit = Permit.MODERATION_VIEW
    actions = dict.fromkeys(
        ("note", "warn", "block", "shadow_block", "unblock", "unmute", "lift_ban"), Permit.MODERATION_ACT
    )
    asks = {"note": "reason", "warn": "reason"}

    def context(self, **where: Any) -> dict[str, Any]:
        user = where["user"]
        found = async_to_sync(person)(user) if "\x00" not in user else None
        if found is None:
            raise Http404(f"There is no user {user!r}.")
        held = async_to_sync(restrictions)(user)
        decided, more = async_to_sync(decisions)(user_id=user, limit=_MOST_DECISIONS)
        return {
            "title": found.name,
            "person": found,
            "held": [_shown(each) for each in held],
            "withheld": async_to_sync(withheld)(user),
            "table": table_of(decided),
            "more": more,
            "durations": durations(self.request),
        }

    def do_note(self, user: str) -> None:
        async_to_sync(add_note)(user, cause=cause_of(self.request))
        self.say("The note is there for all moderators.")

    def do_warn(self, user: str) -> None:
        cause = cause_of(self.request)
        async_to_sync(warn_user)(self.tenant, user, cause.reason, cause=cause)
        self.say("The warning was sent.")

    def do_block(self, user: str) -> None:
        async_to_sync(block_user)(user, until=until_of(self.request), cause=cause_of(self.request))
        self.say("Blocked: every open connection is ended.")

    def do_shadow_block(self, user: str) -> None:
        async_to_sync(shadow_block_user)(user, until=until_of(self.request), cause=cause_of(self.request))
        self.say("Shadow-blocked: from now on nobody else sees what this person sends.")

    def do_unblock(self, user: str) -> None:
        async_to_sync(unblock_user)(user, cause=cause_of(self.request))
        self.say("The block is lifted.")

    def do_unmute(self, user: str) -> None:
        async_to_sync(unmute_user)(self.posted("room"), user, cause=cause_of(self.request))
        self.say("The mute is lifted.")

    def do_lift_ban(self, user: str) -> None:
        async_to_sync(lift_ban)(SERVER, self.posted("room"), user, cause=cause_of(self.request))
        self.say("The ban is lifted.")


def _shown(held: Restriction) -> dict[str, Any]:
    lifting = {"ban": "lift_ban", "mute": "unmute"}.get(held.kind, "unblock")
    return {"words": _HELD[held.kind], "lifting": lifting, "held": held}
