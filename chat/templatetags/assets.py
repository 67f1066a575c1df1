"""``{% asset "hosted/app.css" %}`` and ``{% preload "widget/embed.js" "widget/hosted.js" %}``."""

from __future__ import annotations

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from chat.assets import bundle

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The URL of an asset."""
    return bundle.asset(name)


@register.simple_tag
def preload(*names: str) -> SafeString:
    """Has scripts fetched at once that are asked for one after the other; compiled only then, for the page is to be
    painted first."""
    urls = [(bundle.asset(name),) for name in names]
    return format_html_join("\n", '<link rel="preload" as="script" crossorigin fetchpriority="low" href="{}">', urls)
