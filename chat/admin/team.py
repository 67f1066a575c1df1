"""The people of the organisation: who may work here, as what, and with what they sign in."""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages

from tenants import team
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.models import Membership, Role, Tenant

_CHANGING = ("invite", "resend", "change_role", "remove", "require_mfa")


@tenant_console.page
class Team(TenantPage):
    address = "team"
    name = "team"
    label = "Team"
    template = "chat/admin/team.html"
    permit = Permit.TEAM_VIEW
    actions = dict.fromkeys(_CHANGING, Permit.TEAM_CHANGE)
    fresh = frozenset(_CHANGING) - {"resend"}
    asks = {"invite": "email"}
    section, icon, place = "Organisation", "groups", 20

    def context(self, **where: Any) -> dict[str, Any]:
        tenant_id = self.tenant.id
        members = Membership.objects.filter(tenant_id=tenant_id).select_related("account").order_by("account__email")
        kinds = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN
        secured = Authenticator.objects.filter(type__in=kinds, user__memberships__tenant_id=tenant_id)
        is_owner = self._own is not None and self._own.role == Role.OWNER
        return {
            "members": members,
            "secured": set(secured.values_list("user_id", flat=True)),
            "requires_mfa": Tenant.objects.values_list("requires_mfa", flat=True).get(pk=tenant_id),
            "roles": [choice for choice in Role.choices if is_owner or choice[0] != Role.OWNER],
            "is_owner": is_owner,
            "own": self._own,
        }

    def do_invite(self) -> None:
        email, role = self.posted("email", 300), self.posted("role")
        self._mailing(lambda by: team.invite(self.tenant.id, email, role, by=by))

    def do_resend(self) -> None:
        account = self.posted("account")
        self._mailing(lambda by: team.invite_again(self.tenant.id, account, by=by))

    def _mailing(self, invite: Callable[[Membership], Membership]) -> None:
        """Who is invited stays so, however the mail server feels."""
        try:
            member = invite(self._by)
        except (SMTPException, OSError):
            messages.warning(self.request, "The invitation is made, but could not be mailed. Send it again later.")
        else:
            self.say(f"A mail is on its way to {member.account.email}.")

    def do_change_role(self) -> None:
        member = team.change_role(self.tenant.id, self.posted("account"), self.posted("role"), by=self._by)
        self.say(f"{member.account.email} is {member.get_role_display().lower()} now.")

    def do_remove(self) -> None:
        member = team.remove(self.tenant.id, self.posted("account"), by=self._by)
        self.say(f"{member.account.email} is no member of the team any more.")

    def do_require_mfa(self) -> None:
        required = self.posted("required") == "yes"
        team.require_second_factor(self.tenant.id, required=required)
        self.say("Everybody needs a second factor now." if required else "A second factor is up to everybody again.")

    @property
    def _own(self) -> Membership | None:
        own: Membership | None = self.request.membership  # type: ignore[attr-defined]
        return own

    @property
    def _by(self) -> Membership:
        """Support has no permit to get here."""
        assert self._own is not None
        return self._own
