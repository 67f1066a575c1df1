"""API keys: what a customer's own servers call us with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from tenants import keys
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.scopes import Scope

_LIVES: Final = [("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")]
_OVERLAPS: Final = {"0": "at once", "3600": "after an hour", "86400": "after a day", "604800": "after a week"}
_MEANINGS: Final = {
    Scope.EVERYTHING: "Everything",
    Scope.ROOMS_READ: "Read rooms and members",
    Scope.ROOMS_WRITE: "Change rooms and members",
    Scope.MESSAGES_READ: "Read messages and search",
    Scope.MESSAGES_WRITE: "Send and change messages",
    Scope.USERS_READ: "Read users",
    Scope.USERS_WRITE: "Change users",
    Scope.TOKENS_MINT: "Mint user tokens",
    Scope.KEYS_MANAGE: "Manage API keys and signing keys",
    Scope.WEBHOOKS_MANAGE: "Manage webhooks and bots",
    Scope.SETTINGS_MANAGE: "Change settings",
}


class NewKeyForm(forms.Form):
    """One box for each scope, so that a key is given what it needs."""

    name = forms.CharField(max_length=80, help_text="Where it is used.", widget=UnfoldAdminTextInputWidget)
    expires = forms.ChoiceField(choices=_LIVES, required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for scope, meaning in _MEANINGS.items():
            self.fields[scope] = forms.BooleanField(label=meaning, required=False, widget=UnfoldBooleanWidget)

    def clean(self) -> dict[str, Any]:
        cleaned = {**(super().clean() or {})}
        cleaned["scopes"] = [scope for scope in Scope if cleaned.get(scope)]
        if not cleaned["scopes"]:
            raise forms.ValidationError("A key may do at least one thing.")
        return cleaned


@tenant_console.page
class ApiKeys(TenantPage):
    address = "keys"
    name = "keys"
    label = "API keys"
    template = "chat/admin/keys.html"
    permit = Permit.KEYS_VIEW
    actions = dict.fromkeys(("create", "rotate", "revoke"), Permit.KEYS_CHANGE)
    fresh = frozenset({"create", "rotate"})
    section, icon, place = "Developers", "key", 10

    def context(self, **where: Any) -> dict[str, Any]:
        return {"keys": keys.api_keys(self.tenant), "overlaps": _OVERLAPS, "form": NewKeyForm()}

    def do_create(self) -> HttpResponse:
        form = NewKeyForm(self.request.POST)
        if not form.is_valid():
            return self.render(**{**self.context(), "form": form}, status=422)
        life = form.cleaned_data["expires"]
        expires_at = timezone.now() + timedelta(days=int(life)) if life else None
        asked = form.cleaned_data
        return self._shown(
            keys.issue_api_key(self.tenant, asked["name"], scopes=asked["scopes"], expires_at=expires_at)
        )

    def do_rotate(self) -> HttpResponse:
        overlap = self.posted("overlap")
        seconds = int(overlap) if overlap in _OVERLAPS else 0
        return self._shown(keys.rotate_api_key(self.tenant, self._prefix, overlap=timedelta(seconds=seconds)))

    def do_revoke(self) -> None:
        keys.revoke_api_key(self.tenant, self._prefix)
        self.say(f"{self._prefix}… opens nothing any more.")

    def _shown(self, new: keys.NewApiKey) -> HttpResponse:
        return self.unstored(**self.context(), new=new)

    @property
    def _prefix(self) -> str:
        return self.posted("prefix", keys.PREFIX_LENGTH)
