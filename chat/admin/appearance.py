"""How the widget and the hosted rooms look, with a preview that follows the form."""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import async_to_sync
from django import forms
from django.http import HttpResponse
from django.middleware.csrf import get_token
from pydantic import ValidationError
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from chat.api.caller import actor_of
from chat.payloads import user_payload
from chat.queries.rooms import rooms_for
from tenants.appearance import Appearance, appearance_payload
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.settings import appearance, set_appearance

_THEMES: Final = [("auto", "As the reader's system"), ("light", "Light"), ("dark", "Dark")]
_FONTS: Final = [("system", "The system's"), ("serif", "Serif"), ("mono", "Monospaced"), ("inherit", "Your page's")]
_POSITIONS: Final = [("end", "Where lines end"), ("start", "Where lines begin")]
_LANGUAGES: Final = [
    ("", "As the reader's browser"),
    *[("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français")],
    *[("ja", "日本語"), ("zh", "中文"), ("ar", "العربية")],
]
_FAULTS: Final = {"accent": "A colour is written as #3451b2.", "accent_dark": "A colour is written as #3451b2."}


def _text(**options: Any) -> forms.CharField:
    return forms.CharField(required=False, widget=UnfoldAdminTextInputWidget(attrs={"dir": "auto"}), **options)


class ColourInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A colour as text, which may be empty, and the browser's own way to choose one."""

    template_name = "chat/admin/colour.html"


def _colour(**options: Any) -> forms.CharField:
    return forms.CharField(required=False, max_length=7, widget=ColourInput(attrs={"spellcheck": "false"}), **options)


class AppearanceForm(forms.Form):
    accent = _colour(help_text="As #3451b2; empty for Parley's own.")
    accent_dark = _colour(label="Accent in the dark", help_text="Empty for the same.")
    theme = forms.ChoiceField(choices=_THEMES, widget=UnfoldAdminSelectWidget)
    font = forms.ChoiceField(choices=_FONTS, widget=UnfoldAdminSelectWidget)
    radius = forms.IntegerField(
        label="Corners, in pixels", min_value=0, max_value=24, widget=UnfoldAdminIntegerFieldWidget
    )
    logo = _text(label="Logo's URL", help_text="By https.", max_length=2_000)
    position = forms.ChoiceField(label="Corner of the button", choices=_POSITIONS, widget=UnfoldAdminSelectWidget)
    label = _text(label="Words on the button", max_length=40)
    welcome = _text(label="Greeting in an empty room", max_length=300)
    language = forms.ChoiceField(required=False, choices=_LANGUAGES, widget=UnfoldAdminSelectWidget)

    def appearance(self) -> Appearance:
        """Raises pydantic's ValidationError."""
        chosen = dict(self.cleaned_data)
        launcher = {"position": chosen.pop("position"), "label": chosen.pop("label")}
        open_ones = ("accent", "accent_dark", "logo", "language")
        return Appearance.model_validate(
            {**chosen, **{name: chosen[name] or None for name in open_ones}, "launcher": launcher}
        )


@tenant_console.page
class AppearancePage(TenantPage):
    address = "appearance"
    name = "appearance"
    label = "Appearance"
    template = "chat/admin/appearance.html"
    permit = Permit.SETTINGS_VIEW
    actions = {"save": Permit.SETTINGS_CHANGE}
    section, icon, place = "Settings", "palette", 10

    def context(self, **where: Any) -> dict[str, Any]:
        looks = self._kept()
        kept = {**looks.model_dump(), **looks.launcher.model_dump()}
        initial = {name: "" if value is None else value for name, value in kept.items()}
        return {"form": AppearanceForm(initial=initial), **self._preview(looks)}

    def do_save(self) -> HttpResponse | None:
        form = AppearanceForm(self.request.POST)
        if form.is_valid():
            try:
                chosen = form.appearance()
            except ValidationError as error:
                for fault in error.errors():
                    field = str(fault["loc"][0])
                    form.add_error(field if field in form.fields else None, _FAULTS.get(field, "This cannot be."))
            else:
                async_to_sync(set_appearance)(self.tenant, chosen)
                self.say("Widgets and rooms look like this from now on.")
                return None
        return self.render(status=422, form=form, **self._preview(self._kept()))

    def render(self, status: int = 200, **context: Any) -> HttpResponse:
        response = super().render(status, **context)
        response._csp_replace = {"img-src": ["'self'", "data:", "blob:", "https:"]}  # type: ignore[attr-defined]
        return response

    def _kept(self) -> Appearance:
        kept: Appearance = async_to_sync(appearance)(self.tenant.id)
        return kept

    def _preview(self, looks: Appearance) -> dict[str, Any]:
        """A room as whoever looks at it sees it. Support is nobody in the rooms, and sees none."""
        if self.request.membership is None:  # type: ignore[attr-defined]
            return {}
        me = async_to_sync(actor_of)(self.request)
        rooms, _ = async_to_sync(rooms_for)(me, limit=1)
        if not rooms or me.user_id is None:
            return {}
        told = {
            "me": user_payload(me.user_id, me.name, me.avatar),
            "csrf": get_token(self.request),
            "organisation": self.tenant.name,
            "appearance": appearance_payload(looks),
            "room": rooms[0].id,
        }
        return {"preview": told}
