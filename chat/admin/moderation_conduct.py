"""Rules that act by themselves."""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import async_to_sync
from django import forms
from django.http import HttpResponse
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from kit.conduct import MOST, MUTE, REFUSE
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.settings import conduct, set_conduct

_FIELDS: Final[dict[str, dict[str, tuple[str, int]]]] = {
    "flood": {
        "messages": ("Messages allowed", 10),
        "seconds": ("Within so many seconds", 10),
        "mute_minutes": ("Muted for so many minutes", 5),
    },
    "repeats": {
        "times": ("Times the same text is allowed", 3),
        "seconds": ("Within so many seconds", 60),
        "mute_minutes": ("Muted for so many minutes, if muted", 5),
    },
    "newcomers": {"hours": ("Hours without links", 24)},
}
"""Rule -> its numbers: label and what is offered."""

_SWITCHES: Final = {"flood": "Mute who floods a room", "repeats": "Act on repeats", "newcomers": "Refuse such links"}


class ConductForm(forms.Form):
    """Each rule is a switch, ``<rule>``, and its fields, ``<rule>_<field>``."""

    repeats_action = forms.ChoiceField(
        label="What to do",
        choices=[(REFUSE, "Refuse the message"), (MUTE, "Mute the author in the room")],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for rule, numbers in _FIELDS.items():
            self.fields[rule] = forms.BooleanField(
                label=_SWITCHES[rule], required=False, widget=UnfoldBooleanSwitchWidget
            )
            for field, (label, _) in numbers.items():
                most = MOST[f"{rule}.{field}"]
                self.fields[f"{rule}_{field}"] = forms.IntegerField(
                    label=label, min_value=1, max_value=most, widget=UnfoldAdminIntegerFieldWidget
                )

    def rules(self) -> dict[str, Any]:
        """As ``kit.conduct`` keeps them; the form is valid."""
        given = self.cleaned_data
        rules = {
            rule: {field: given[f"{rule}_{field}"] for field in numbers}
            for rule, numbers in _FIELDS.items()
            if given[rule]
        }
        if "repeats" in rules:
            rules["repeats"]["action"] = given["repeats_action"]
        return rules


@tenant_console.page
class ConductPage(TenantPage):
    address = "moderation/conduct/"
    name = "moderation_conduct"
    label = "Automatic rules"
    template = "chat/admin/moderation_conduct.html"
    permit = Permit.MODERATION_VIEW
    actions = {"save": Permit.MODERATION_RULES}
    section, icon, place = "Moderation", "bolt", 40

    def context(self, **where: Any) -> dict[str, Any]:
        return {"form": ConductForm(initial=_initial(async_to_sync(conduct)(self.tenant.id)))}

    def do_save(self) -> HttpResponse | None:
        form = ConductForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, form=form)
        async_to_sync(set_conduct)(self.tenant, form.rules())
        self.say("The rules hold from now on.")
        return None


def _initial(kept: dict[str, Any]) -> dict[str, Any]:
    initial: dict[str, Any] = {"repeats_action": kept.get("repeats", {}).get("action", REFUSE)}
    for rule, numbers in _FIELDS.items():
        initial[rule] = rule in kept
        initial |= {f"{rule}_{field}": kept.get(rule, {}).get(field, usual) for field, (_, usual) in numbers.items()}
    return initial
