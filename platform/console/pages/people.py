"""Who operates the platform, and the keys of their programs."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse

from console.forms import InvitationForm, OperatorKeyForm
from console.operator_keys import NewOperatorKey, issue_operator_key, operator_keys, revoke_operator_key
from console.operators import change_role, invite_operator, remove_operator, withdraw_invitation
from console.operators import operators as all_operators
from console.permits import OperatorPermit
from console.site import operators
from console.tasks import mail_operator
from kit.errors import ParleyError
from tenants.consoles.pages import Page
from tenants.models import Account, OperatorInvitation, OperatorRole
from tenants.routers import SHARED


class _TeamPage(Page):
    section = "Team"

    def me(self) -> Account:
        account = self.request.user
        assert isinstance(account, Account)
        return account


@operators.page
class Operators(_TeamPage):
    address = "people"
    name = "people"
    label = "Operators"
    icon = "shield_person"
    place = 10
    template = "console/people.html"
    permit = OperatorPermit.OPERATORS_VIEW
    actions = {
        "invite": OperatorPermit.OPERATORS_CHANGE,
        "withdraw": OperatorPermit.OPERATORS_CHANGE,
        "change": OperatorPermit.OPERATORS_CHANGE,
        "remove": OperatorPermit.OPERATORS_CHANGE,
    }
    fresh = frozenset({"invite", "change", "remove"})

    def context(self, **where: Any) -> dict[str, Any]:
        return {
            "people": all_operators(),
            "invitations": OperatorInvitation.objects.all(),
            "roles": OperatorRole.choices,
            "form": InvitationForm(),
        }

    def do_invite(self, **where: Any) -> HttpResponse | None:
        form = InvitationForm(self.request.POST)
        if form.is_valid():
            try:
                self._invite(**form.cleaned_data)
            except ParleyError as refusal:
                form.refuse(refusal)
            else:
                return None
        return self.render(422, **{**self.context(), "form": form})

    def _invite(self, email: str, role: str) -> None:
        with transaction.atomic(SHARED):  # the letter goes if the invitation is there, and else does not
            invitation = invite_operator(email, role)
            mail_operator.defer(invitation_id=invitation.pk)
        self.say(f"An invitation goes to {invitation.email}.")

    def do_withdraw(self, **where: Any) -> None:
        withdraw_invitation(self.request.POST.get("invitation", ""))
        self.say("The invitation opens nothing any more.")

    def do_change(self, **where: Any) -> None:
        changed = change_role(self.request.POST.get("account", ""), self.request.POST.get("role", ""), by=self.me())
        self.say(f"{changed.email} is {OperatorRole(changed.operator_role).label.lower()} now.")

    def do_remove(self, **where: Any) -> None:
        removed = remove_operator(self.request.POST.get("account", ""), by=self.me())
        self.say(f"{removed.email} is no operator any more.")


@operators.page
class OperatorKeys(_TeamPage):
    address = "keys"
    name = "keys"
    label = "API keys"
    icon = "key"
    place = 15
    template = "console/keys.html"
    permit = OperatorPermit.OPERATORS_VIEW
    actions = {"create": OperatorPermit.OPERATORS_CHANGE, "revoke": OperatorPermit.OPERATORS_CHANGE}
    fresh = frozenset({"create"})

    def context(self, **where: Any) -> dict[str, Any]:
        return {"keys": operator_keys(), "form": OperatorKeyForm()}

    def do_create(self, **where: Any) -> HttpResponse:
        form = OperatorKeyForm(self.request.POST)
        made = self._made(form) if form.is_valid() else None
        if made is None:
            return self.render(422, **{**self.context(), "form": form})
        return self.render(**self.context(), made=made)

    def _made(self, form: OperatorKeyForm) -> NewOperatorKey | None:
        given = form.cleaned_data
        try:
            return issue_operator_key(self.me(), given["name"], given["role"], days=given["days"])
        except ParleyError as refusal:
            form.refuse(refusal)
            return None

    def do_revoke(self, **where: Any) -> None:
        prefix = self.request.POST.get("key", "")
        revoke_operator_key(prefix)
        self.say(f"{prefix} opens nothing any more.")
