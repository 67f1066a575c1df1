"""Days as people choose them, to look at what was said from one to another."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from unfold.widgets import UnfoldAdminTextInputWidget

_BETWEEN = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(9998, 12, 31))]


def day_field(label: str, help_text: str = "") -> forms.DateField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
    return forms.DateField(required=False, label=label, help_text=help_text, validators=_BETWEEN, widget=widget)


def beginning(day: date | None) -> datetime | None:
    """In UTC."""
    return datetime.combine(day, time(), UTC) if day else None


def end(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) + timedelta(days=1) if day else None
