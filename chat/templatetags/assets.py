"""``{% asset "hosted/page.css" %}`` and ``{% inlined "hosted/app.css" %}``."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from chat.assets import bundle

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The URL of an asset."""
    return bundle.asset(name)


@register.simple_tag
def inlined(name: str) -> SafeString:
    """A style sheet in the page itself, which a browser need not ask for before it paints. The page's policy has to
    allow it."""
    return mark_safe(f"<style>{bundle.bundle().assets[name].body.decode()}</style>")  # noqa: S308 - a file of ours
