"""Bots: incoming webhooks, whose URL posts into one room."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.http import HttpResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from chat.api.incoming import post_url
from chat.commands.incoming import create_incoming, list_incoming, revoke_incoming
from kit.errors import ParleyError
from kit.text import storable
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage


class BotForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="Its messages bear it.", widget=UnfoldAdminTextInputWidget)
    room = forms.CharField(max_length=128, label="Room id", widget=UnfoldAdminTextInputWidget)

    def clean_room(self) -> str:
        try:
            return storable(self.cleaned_data["room"])
        except ValueError:
            raise forms.ValidationError("This is no room's id.") from None


@tenant_console.page
class Bots(TenantPage):
    address = "bots"
    name = "bots"
    label = "Bots"
    template = "chat/admin/bots.html"
    permit = Permit.HOOKS_VIEW
    actions = {"create": Permit.HOOKS_CHANGE, "revoke": Permit.HOOKS_CHANGE}
    section, icon, place = "Developers", "smart_toy", 50

    def context(self, **where: Any) -> dict[str, Any]:
        return {"bots": async_to_sync(list_incoming)(), "form": BotForm()}

    def do_create(self) -> HttpResponse:
        form = BotForm(self.request.POST)
        if form.is_valid():
            try:
                made, token = async_to_sync(create_incoming)(form.cleaned_data["room"], form.cleaned_data["name"])
            except ParleyError as refusal:
                form.add_error("room", refusal.detail)
            else:
                return self.unstored(**self.context(), url=post_url(self.request, made, token))
        return self.render(**{**self.context(), "form": form}, status=422)

    def do_revoke(self) -> None:
        async_to_sync(revoke_incoming)(self.posted("bot", 32))
        self.say("Its URL is worth nothing any more, and it has left the room.")
