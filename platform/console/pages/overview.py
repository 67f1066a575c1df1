"""The first page of the operators' console."""

from __future__ import annotations

from console.permits import OperatorPermit
from console.site import operators
from tenants.consoles.pages import Page


@operators.page
class Overview(Page):
    address = ""
    name = "index"
    label = "Overview"
    template = "console/overview.html"
    permit = OperatorPermit.PLATFORM_VIEW
    section = "Platform"
    icon = "space_dashboard"
    place = 10
