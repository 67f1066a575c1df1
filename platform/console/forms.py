"""Forms of the operators' console."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from billing.plans import CURRENCIES, PLANS
from console.operator_keys import MOST_DAYS
from kit.errors import ParleyError
from tenants.models import OperatorRole, SupportAccess, Tenant, TenantCopy
from tenants.records import MOST_ATTACHMENTS, MOST_FRAME_BYTES, MOST_UPLOAD_BYTES
from tenants.support import MOST_MINUTES
from tenants.terms import LIMITS, OPTIONAL_LIMITS

_PLANS = [(plan.name, plan.title) for plan in PLANS.values()]
_UNITS = {"_bytes": "bytes", "_second": "a second", "_minute": "a minute", "_burst": "at once", "_characters": ""}
LIMIT_LABELS = {
    "text_characters": "Characters of a message",
    "frame_bytes": "Size of a frame",
    "sends_per_second": "Messages of a user",
    "send_burst": "Messages of a user in a burst",
    "rooms_per_connection": "Rooms on one connection",
    "calls_per_second": "Calls of a user",
    "call_burst": "Calls of a user in a burst",
    "key_calls_per_second": "Calls of an API key",
    "key_call_burst": "Calls of an API key in a burst",
    "searches_per_second": "Searches of a user",
    "search_burst": "Searches of a user in a burst",
    "uploads_per_minute": "Uploads of a user",
    "connects_per_minute": "Connects of a user",
    "address_connects_per_minute": "Connects from an address",
    "upload_bytes": "Size of a file",
    "storage_bytes": "All files together",
    "attachments_per_message": "Files of a message",
    "monthly_active_users": "Active users in a month",
    "monthly_messages": "Messages in a month",
    "peak_connections": "Connections at once",
    "rooms": "Rooms",
    "retention_days": "Days that messages are kept",
    "own_domains": "Domains of its own",
    "seats": "Places in the team",
}


_LEAST = {"frame_bytes": 1_024, "upload_bytes": 0, "storage_bytes": 0, "attachments_per_message": 0}
_MOST = {
    "frame_bytes": MOST_FRAME_BYTES,
    "upload_bytes": MOST_UPLOAD_BYTES,
    "storage_bytes": 2**62,
    "monthly_messages": 2**62,
    "attachments_per_message": MOST_ATTACHMENTS,
}
"""Of the limits; the others are one at least, or none where they may be left out, and at most what a column holds."""


def line(label: str, most: int, *, required: bool = True, help_text: str = "", **more: Any) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text, widget=widget, **more)


def choice(label: str, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget, **more)


def number(label: str, low: int, high: int, **more: Any) -> forms.IntegerField:
    widget = UnfoldAdminIntegerFieldWidget()
    return forms.IntegerField(label=label, min_value=low, max_value=high, widget=widget, **more)


def email(label: str) -> forms.EmailField:
    return forms.EmailField(label=label, max_length=254, widget=UnfoldAdminEmailInputWidget(attrs={"type": "email"}))


class ReasonedForm(forms.Form):
    """``refuse`` shows a refusal beside the field that it is about."""

    fields_of: dict[str, str] = {}
    """Codes of the error table -> fields."""

    def refuse(self, error: ParleyError) -> None:
        named = [fault["field"] for fault in error.errors if fault["field"] in self.fields]
        field = named[0] if named else self.fields_of.get(error.code.name)
        self.add_error(field, error.detail)


class NewTenantForm(ReasonedForm):
    fields_of = {
        "slug_invalid": "slug",
        "slug_reserved": "slug",
        "slug_taken": "slug",
        "email_invalid": "owner",
    }

    slug = line("Slug", 32, help_text="Becomes the host: acme is served at acme.…, and is never given away twice.")
    name = line("Name", 120)
    owner = email("E-mail of the owner")
    plan = choice("Plan", _PLANS, initial="free")
    region = line("Region", 80, required=False, help_text="A note for operators.")


class TermsForm(ReasonedForm):
    name = line("Name", 120)
    plan = choice("Plan", _PLANS, help_text="Another plan brings its limits, in place of those that were set by hand.")
    region = line("Region", 80, required=False)
    notes = forms.CharField(
        label="Notes",
        max_length=20_000,
        required=False,
        help_text="For operators alone.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class LimitsForm(ReasonedForm):
    """A field for each limit, with the plan's own beside it. Some may be left empty: then there is no limit."""

    def __init__(self, tenant: Tenant, data: Any = None) -> None:
        super().__init__(data)
        plan = asdict(PLANS[tenant.plan].limits) if tenant.plan in PLANS else {}
        for name in LIMITS:
            help_text = " ".join(part for part in (_unit(name), _of_plan(plan.get(name))) if part)
            value = getattr(tenant, name)
            least = _LEAST.get(name, 0 if name in OPTIONAL_LIMITS else 1)
            self.fields[name] = number(
                LIMIT_LABELS[name],
                least,
                _MOST.get(name, 2**31 - 1),
                initial=value,
                help_text=help_text,
                required=name not in OPTIONAL_LIMITS,
            )


def _unit(name: str) -> str:
    unit = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "")
    return f"{unit.capitalize()}." if unit else ""


def _of_plan(value: int | None) -> str:
    return "" if value is None else f"The plan has {value:,}."


class GrantForm(ReasonedForm):
    plan = choice("Plan", _PLANS)
    days = number("Days", 1, 3_650, required=False, help_text="Empty: until it is ended.")
    reason = line("Reason", 500, help_text="It stands in the audit logs, the organisation's own too.")


class CreditForm(ReasonedForm):
    amount = forms.DecimalField(
        label="Amount",
        min_value=Decimal("0.01"),
        max_value=100_000,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(),
    )
    currency = choice("Currency", [(each, each.upper()) for each in CURRENCIES])
    reason = line("Reason", 200, help_text="The organisation reads it on its invoice.")

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial, auto_id="credit_%s")  # beside another form with a reason

    @property
    def cents(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


class SuspensionForm(ReasonedForm):
    reason = line("Reason", 500, help_text="For operators; its people read that the organisation is suspended.")


_SLUG_CODES = dict.fromkeys(("slug_invalid", "slug_reserved", "slug_taken"), "slug")


class CloneForm(ReasonedForm):
    fields_of = _SLUG_CODES

    slug = line("New slug", 32, help_text="Becomes the host, for instance acme-staging.")
    masked = forms.BooleanField(
        label="Mask people's data",
        required=False,
        initial=True,
        help_text="Nobody's name, words or files are in it. Without, it has all that people said.",
        widget=UnfoldBooleanSwitchWidget,
    )


class HandedInForm(ReasonedForm):
    """Beside a file. ``at``, ``size`` and ``upload`` tell of a piece of a file: see ``copies.asking.hand_in``."""

    fields_of = _SLUG_CODES

    slug = line("Slug", 32, required=False, help_text="Empty: the one in the file.")
    upload = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    at = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    size = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class HeldForm(ReasonedForm):
    fields_of = _SLUG_CODES

    export = choice("Export", ())
    slug = line("New slug", 32, required=False, help_text="Empty: the one in the file, if it is free.")

    def __init__(self, held: list[TenantCopy], data: Any = None) -> None:
        super().__init__(data, auto_id="held_%s")  # beside another form with a slug
        named = [(copy.pk, f"{copy.file_name}, {copy.ended_at:%Y-%m-%d %H:%M} UTC") for copy in held]
        self.fields["export"].choices = named  # type: ignore[attr-defined]


class DomainForm(ReasonedForm):
    fields_of = {"domain_invalid": "domain", "domain_taken": "domain", "too_many_domains": "domain"}

    domain = line("Domain", 253, help_text="For instance chat.example.com.")


class SupportForm(ReasonedForm):
    reason = line("Reason", 500, help_text="The organisation reads it in its audit log.")
    minutes = number("Minutes", 1, MOST_MINUTES, initial=15)
    mode = choice("May", [(SupportAccess.VIEW, "look"), (SupportAccess.CHANGE, "look and change")])

    def __init__(self, tenant: Tenant, data: Any = None) -> None:
        super().__init__(data)
        if tenant.support_access != SupportAccess.CHANGE:
            self.fields["mode"].choices = [(SupportAccess.VIEW, "look")]  # type: ignore[attr-defined]


class InvitationForm(ReasonedForm):
    fields_of = {"email_invalid": "email"}

    email = email("E-mail")
    role = choice("Role", OperatorRole.choices, initial=OperatorRole.VIEWER)


class OperatorKeyForm(ReasonedForm):
    name = line("Name", 80, help_text="Which program it is for.")
    role = choice("Role", OperatorRole.choices, initial=OperatorRole.VIEWER)
    days = number("Days", 1, MOST_DAYS, initial=90)


class MaintenanceForm(ReasonedForm):
    reason = line("Reason", 500, required=False, help_text="For operators.")
