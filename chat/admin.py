"""The tenant's own console, on its host: rooms, people and messages, to look at and to search."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from chat.models import Member, Message, Room, User


class TenantConsole(admin.AdminSite):
    """Membership opens it, not Django's permissions."""

    site_header = site_title = "Parley"
    index_title = "Console"
    index_template = "chat/console_index.html"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        membership = getattr(request, "membership", None)
        return membership is not None and membership.opens_console

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(f"/sign-in?next={request.path}")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        tenant = request.tenant  # type: ignore[attr-defined]
        return {**super().each_context(request), "site_header": tenant.name, "site_url": "/"}


tenant_console = TenantConsole(name="tenant")


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look, not to touch: what changes here goes through commands, so that everybody hears of it."""

    list_per_page = 50
    show_full_result_count = False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if "%00" in request.GET.urlencode():  # PostgreSQL has none to compare; this is Django's own answer
            return HttpResponseRedirect(f"{request.path}?e=1")
        return super().changelist_view(request, extra_context)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Message, site=tenant_console)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "room", "user", "seq", "kind", "text"]
    list_filter = ["kind", "room", "created_at"]
    search_fields = ["text", "user__name", "user__id"]
    list_select_related = ["room", "user"]
    ordering = ["-created_at"]
    date_hierarchy = "created_at"


@admin.register(Room, site=tenant_console)
class RoomAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "kind", "last_seq", "active_at", "archived_at"]
    list_filter = ["kind", "archived_at"]
    search_fields = ["id", "name", "topic"]


@admin.register(User, site=tenant_console)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "created_at", "deactivated_at"]
    search_fields = ["id", "name"]


@admin.register(Member, site=tenant_console)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ["room", "user", "role", "read_seq", "joined_at"]
    list_filter = ["role"]
    search_fields = ["room__id", "room__name", "user__id", "user__name"]
    list_select_related = ["room", "user"]
