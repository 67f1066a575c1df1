"""The organisation's own words in the mails that go out in its name, with what they look like."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from pydantic import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.emails import PLACES, MailWords, read_mail_words
from tenants.mails import invitation_mail
from tenants.models import Tenant
from tenants.settings import set_setting

_SHORT: Final = {
    "sender": ("Sender's name", "Before the address. Empty: the organisation's name."),
    "invitation_subject": ("Subject of invitations", ""),
    "reset_subject": ("Subject of mails for a new password", ""),
}
_LONG: Final = {
    "invitation_text": ("Text of invitations", "The link follows."),
    "reset_text": ("Text of mails for a new password", "The link follows."),
    "footer": ("Under every mail", "Your address, for instance."),
}


class MailWordsForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in MailWords.model_fields:
            label, help_text = {**_SHORT, **_LONG}[name]
            widget = UnfoldAdminTextInputWidget if name in _SHORT else UnfoldAdminTextareaWidget(attrs={"rows": 3})
            self.fields[name] = forms.CharField(label=label, help_text=help_text, required=False, widget=widget)

    def words(self) -> MailWords | None:
        """What is chosen; None where it cannot be, and the fields say so."""
        try:
            return MailWords.model_validate(self.cleaned_data)
        except ValidationError as error:
            for fault in error.errors():
                self.add_error(str(fault["loc"][0]), fault["msg"].removeprefix("Value error, ").capitalize() + ".")
            return None


@tenant_console.page
class Emails(TenantPage):
    address = "emails"
    name = "emails"
    label = "E-mails"
    template = "chat/admin/emails.html"
    permit = Permit.SETTINGS_VIEW
    actions = {"save": Permit.SETTINGS_CHANGE}
    section, icon, place = "Settings", "mail", 30

    def context(self, **where: Any) -> dict[str, Any]:
        kept = read_mail_words(Tenant.objects.values_list("emails", flat=True).get(pk=self.tenant.id))
        return {"form": MailWordsForm(initial=kept.model_dump()), **self._shown(kept)}

    def do_save(self) -> HttpResponse | None:
        form = MailWordsForm(self.request.POST)
        words = form.words() if form.is_valid() else None
        if words is None:
            return self.render(status=422, form=form, **self._shown(MailWords()))
        set_setting(self.tenant, "emails", words.model_dump(), "emails.changed")
        self.say("Mails say so from now on.")
        return None

    def _shown(self, words: MailWords) -> dict[str, Any]:
        """An invitation as it would go out now."""
        example = invitation_mail(
            words, organisation=self.tenant.name, email="ann@example.com", name="Ann", inviter="Bob", url="https://…"
        )
        return {"example": example, "places": PLACES}
