"""Everybody who has an account."""

from __future__ import annotations

from django.contrib import admin

from console.permits import OperatorPermit
from console.site import operators
from tenants.consoles.tables import Table
from tenants.models import Account


@admin.register(Account, site=operators)
class Accounts(Table):
    permit = OperatorPermit.OPERATORS_VIEW
    section, icon, label, place = "Team", "person", "Accounts", 20
    list_display = ["email", "name", "is_active", "operator_role", "last_login"]
    list_filter = ["is_active", "operator_role"]
    search_fields = ["email", "name"]
