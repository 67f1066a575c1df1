"""Billing in the tenant's console, at ``/admin/billing``: there is one who pays, and whoever administers may look."""

from billing.admin import billing, notices, plan, welcome

__all__ = ["billing", "notices", "plan", "welcome"]
