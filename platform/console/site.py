"""The operators' console on the public host."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from tenants.models import Account, Domain, Membership, Tenant


class OperatorsConsole(admin.AdminSite):
    site_header = site_title = "Parley operators"
    index_title = "Platform"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, Account) and user.is_active and user.is_operator


operators = OperatorsConsole(name="operators")


class DomainInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Domain
    extra = 0


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    raw_id_fields = ["account"]


@admin.register(Tenant, site=operators)
class TenantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Limits may be changed here; a tenant is made and removed by commands, schema and all."""

    list_display = ["slug", "name", "status", "plan", "created_at"]
    list_filter = ["status", "plan"]
    search_fields = ["slug", "name", "domains__domain"]
    readonly_fields = ["slug", "schema_name", "status", "status_reason", "created_at", "delete_after", "origins"]
    inlines = [DomainInline, MembershipInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Account, site=operators)
class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["email", "name", "is_active", "is_operator", "last_login"]
    list_filter = ["is_active", "is_operator"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_operator", "last_login", "created_at"]
    readonly_fields = ["last_login", "created_at"]
