"""For how long messages and files are kept, and what a legal hold keeps beyond that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from asgiref.sync import async_to_sync
from django import forms
from django.db.models import Model
from django.forms import BoundField
from django.http import HttpResponse
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from chat.models import Room, User
from chat.queries.retention import MOST_COUNTED, Expired, expired
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.models import Tenant
from tenants.retention import (
    KINDS,
    MOST_DAYS,
    MOST_HELD,
    LegalHold,
    Periods,
    Retention,
    read_retention,
    set_hold,
    set_periods,
)

_WHAT: Final = {"messages": "Messages", "files": "Files"}
_WHERE: Final = {"open": "Open rooms", "private": "Private rooms", "direct": "Direct conversations"}


class PeriodsForm(forms.Form):
    """A number of days for each sort of thing in each kind of room; an empty field is for ever."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for what, name in _WHAT.items():
            for kind, place in _WHERE.items():
                self.fields[f"{what}_{kind}"] = forms.IntegerField(
                    required=False,
                    min_value=1,
                    max_value=MOST_DAYS,
                    label=f"{name} in {place.lower()}",
                    widget=UnfoldAdminTextInputWidget(
                        attrs={"type": "number", "min": 1, "max": MOST_DAYS, "placeholder": "for ever"}
                    ),
                )

    def columns(self) -> Iterator[tuple[str, list[BoundField]]]:
        for what, name in _WHAT.items():
            yield name, [self[f"{what}_{kind}"] for kind in KINDS]

    def periods(self) -> Periods:
        chosen = {
            what: {kind: days for kind in KINDS if (days := self.cleaned_data[f"{what}_{kind}"])} for what in _WHAT
        }
        return Periods.model_validate(chosen)

    @staticmethod
    def initial_of(periods: Periods) -> dict[str, int]:
        return {f"{what}_{kind}": days for what in _WHAT for kind, days in getattr(periods, what).items()}


class HoldForm(forms.Form):
    everything = forms.BooleanField(required=False, label="Hold everything", widget=UnfoldBooleanWidget)
    rooms = forms.CharField(
        required=False,
        help_text="Their ids, one to a line.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"}),
    )
    users = forms.CharField(
        required=False,
        label="What these users said",
        help_text="Their ids, one to a line.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def clean_rooms(self) -> list[str]:
        return _known(Room, self.cleaned_data["rooms"])

    def clean_users(self) -> list[str]:
        return _known(User, self.cleaned_data["users"])

    @staticmethod
    def initial_of(hold: LegalHold) -> dict[str, Any]:
        return {"everything": hold.everything, "rooms": "\n".join(hold.rooms), "users": "\n".join(hold.users)}


def _known(model: type[Model], text: str) -> list[str]:
    ids = sorted({line.strip() for line in text.splitlines()} - {""})
    if len(ids) > MOST_HELD:
        raise forms.ValidationError(f"At most {MOST_HELD:,}; hold everything instead.")
    unknown = set(ids) - set(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
    if unknown:
        raise forms.ValidationError(f"Not known: {', '.join(sorted(unknown))}.")
    return ids


@tenant_console.page
class RetentionPage(TenantPage):
    address = "retention"
    name = "retention"
    label = "Retention"
    template = "chat/admin/retention.html"
    permit = Permit.SETTINGS_VIEW
    actions = {"save": Permit.SETTINGS_CHANGE, "hold": Permit.SETTINGS_CHANGE, "count": Permit.SETTINGS_VIEW}
    section, icon, place = "Settings", "auto_delete", 40

    def context(self, **where: Any) -> dict[str, Any]:
        kept = self._kept()
        return {
            "form": PeriodsForm(initial=PeriodsForm.initial_of(kept.periods)),
            "hold_form": HoldForm(initial=HoldForm.initial_of(kept.hold)),
            "hold": kept.hold,
            "most_counted": MOST_COUNTED,
            "places": _WHERE.values(),
        }

    def do_count(self) -> HttpResponse:
        """What the form's numbers would remove; nothing is saved."""
        return self._asking(PeriodsForm(self.request.POST), asks=False)

    def do_save(self) -> HttpResponse | None:
        """Asks first where something would go."""
        form = PeriodsForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, **{**self.context(), "form": form})
        if self.request.POST.get("confirmed") != "yes" and any(_amount(each) for each in self._expired(form)):
            return self._asking(form, asks=True)
        set_periods(self.tenant, form.periods())
        self.say("Saved. What has had its time goes in the night, after 02:17 UTC.")
        return None

    def _asking(self, form: PeriodsForm, *, asks: bool) -> HttpResponse:
        if not form.is_valid():
            return self.render(422, **{**self.context(), "form": form})
        return self.render(**{**self.context(), "form": form, "counted": self._shown(form), "asks": asks})

    def _expired(self, form: PeriodsForm) -> list[Expired]:
        retention = Retention(form.periods(), self._kept().hold)
        return async_to_sync(expired)(retention, datetime.now(UTC))

    def _shown(self, form: PeriodsForm) -> list[tuple[str, Expired]]:
        return [(_WHERE[each.kind], each) for each in self._expired(form)]

    def do_hold(self) -> HttpResponse | None:
        form = HoldForm(self.request.POST)
        if not form.is_valid():
            return self.render(422, **{**self.context(), "hold_form": form})
        set_hold(self.tenant, LegalHold(**form.cleaned_data))
        self.say("The legal hold is as you say.")
        return None

    def _kept(self) -> Retention:
        return read_retention(Tenant.objects.values_list("retention", flat=True).get(pk=self.tenant.id))


def _amount(each: Expired) -> int:
    return each.messages + each.files
