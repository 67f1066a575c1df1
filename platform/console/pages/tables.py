"""Lists of what the platform has: tenants, accounts."""

from __future__ import annotations

from django.contrib import admin

from console.permits import OperatorPermit
from console.site import operators
from tenants.consoles.tables import Table
from tenants.models import Account, Tenant


@admin.register(Tenant, site=operators)
class Tenants(Table):
    permit = OperatorPermit.TENANTS_VIEW
    section, icon, label, place = "Tenants", "apartment", "Tenants", 10
    list_display = ["slug", "name", "status", "plan", "created_at"]
    list_filter = ["status", "plan"]
    search_fields = ["slug", "name", "domains__domain"]


@admin.register(Account, site=operators)
class Accounts(Table):
    permit = OperatorPermit.OPERATORS_VIEW
    section, icon, label, place = "Team", "person", "Accounts", 20
    list_display = ["email", "name", "is_active", "operator_role", "last_login"]
    list_filter = ["is_active", "operator_role"]
    search_fields = ["email", "name"]
