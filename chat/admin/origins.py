"""Origins: the pages of other hosts that may embed rooms and call the API from a browser."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync

from tenants import origins
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage


@tenant_console.page
class Origins(TenantPage):
    address = "origins"
    name = "origins"
    label = "Origins"
    template = "chat/admin/origins.html"
    permit = Permit.KEYS_VIEW
    actions = {"add": Permit.KEYS_CHANGE, "remove": Permit.KEYS_CHANGE}
    asks = {"add": "origin"}
    section, icon, place = "Developers", "public", 30

    def context(self, **where: Any) -> dict[str, Any]:
        return {"origins": async_to_sync(origins.origins_of)(self.tenant.id), "most": origins.MOST_ORIGINS}

    def do_add(self) -> None:
        origin = self.posted("origin", 300)
        async_to_sync(origins.add_origin)(self.tenant, origin)
        self.say(f"Pages of {origin} may embed your rooms.")

    def do_remove(self) -> None:
        origin = self.posted("origin", 300)
        async_to_sync(origins.remove_origin)(self.tenant, origin)
        self.say(f"Pages of {origin} are turned away from now on.")
