"""The tenant's console, on its host at ``/admin/``: whoever administers or moderates it works here."""

from chat.admin import overview, tables
from chat.admin.site import tenant_console

__all__ = ["overview", "tables", "tenant_console"]
