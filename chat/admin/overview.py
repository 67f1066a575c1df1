"""The first page of a tenant's console."""

from __future__ import annotations

from chat.admin.site import tenant_console
from tenants.consoles.pages import Page
from tenants.consoles.permits import Permit


@tenant_console.page
class Overview(Page):
    address = ""
    name = "index"
    label = "Overview"
    template = "chat/admin/overview.html"
    permit = Permit.OVERVIEW_VIEW
    section = "Organisation"
    icon = "space_dashboard"
    place = 10
