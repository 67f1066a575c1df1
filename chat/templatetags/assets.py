"""``{% asset "hosted/app.css" %}``."""

from __future__ import annotations

from django import template

from chat.assets import bundle

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The URL of an asset."""
    return bundle.asset(name)
