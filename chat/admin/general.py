"""The organisation's name, the language of its messages, and whether support may come in."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kit.text import storable
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.models import SupportAccess, Tenant
from tenants.records import SEARCH_LANGUAGES
from tenants.settings import set_setting

_SUPPORT: Final = [
    (SupportAccess.NONE, "Nobody of the platform may come in"),
    (SupportAccess.VIEW, "Support may look, for half an hour, with a reason"),
    (SupportAccess.CHANGE, "Support may look and change, for half an hour, with a reason"),
]
_LANGUAGES: Final = [
    (each, "None: words as they are" if each == "simple" else each.title()) for each in SEARCH_LANGUAGES
]


class GeneralForm(forms.Form):
    name = forms.CharField(
        label="Organisation", max_length=120, widget=UnfoldAdminTextInputWidget(attrs={"dir": "auto"})
    )
    search_language = forms.ChoiceField(
        choices=_LANGUAGES,
        label="Language of the messages",
        help_text="So that a search for “room” finds “rooms”. What was said before is read anew over the next minutes.",
        widget=UnfoldAdminSelectWidget,
    )
    support_access = forms.ChoiceField(
        choices=_SUPPORT,
        label="Support",
        help_text="Each visit is in your audit log, with its reason.",
        widget=UnfoldAdminSelectWidget,
    )

    def clean_name(self) -> str:
        try:
            return storable(self.cleaned_data["name"])
        except ValueError:
            raise forms.ValidationError("This cannot be stored.") from None


_ACTIONS: Final = {
    "name": "organisation.renamed",
    "search_language": "search_language.changed",
    "support_access": "support_access.changed",
}


@tenant_console.page
class General(TenantPage):
    address = "settings"
    name = "settings"
    label = "General"
    template = "chat/admin/general.html"
    permit = Permit.SETTINGS_VIEW
    actions = {"save": Permit.SETTINGS_CHANGE}
    section, icon, place = "Settings", "tune", 5

    def context(self, **where: Any) -> dict[str, Any]:
        kept = Tenant.objects.values(*_ACTIONS).get(pk=self.tenant.id)
        return {"form": GeneralForm(initial=kept), "tenant": self.tenant}

    def do_save(self) -> HttpResponse | None:
        form = GeneralForm(self.request.POST)
        if not form.is_valid():
            return self.render(status=422, form=form, tenant=self.tenant)
        for field, action in _ACTIONS.items():
            set_setting(self.tenant, field, form.cleaned_data[field], action)
        self.say("It is so from now on.")
        return None
