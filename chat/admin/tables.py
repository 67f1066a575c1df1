"""Lists of what a tenant has: people, rooms, members, messages."""

from __future__ import annotations

from django.contrib import admin

from chat.admin.site import tenant_console
from chat.models import Member, Message, Room, User
from tenants.consoles.permits import Permit
from tenants.consoles.tables import Table


@admin.register(User, site=tenant_console)
class Users(Table):
    permit = Permit.USERS_VIEW
    section, icon, label, place = "People", "person", "Users", 10
    list_display = ["id", "name", "created_at", "deactivated_at"]
    search_fields = ["id", "name"]


@admin.register(Room, site=tenant_console)
class Rooms(Table):
    permit = Permit.ROOMS_VIEW
    section, icon, label, place = "Rooms", "forum", "Rooms", 10
    list_display = ["id", "name", "kind", "last_seq", "active_at", "archived_at"]
    list_filter = ["kind", "archived_at"]
    search_fields = ["id", "name", "topic"]


@admin.register(Member, site=tenant_console)
class Members(Table):
    permit = Permit.ROOMS_VIEW
    section, icon, label, place = "Rooms", "group", "Members", 20
    list_display = ["room", "user", "role", "read_seq", "joined_at"]
    list_filter = ["role"]
    search_fields = ["room__id", "room__name", "user__id", "user__name"]
    list_select_related = ["room", "user"]


@admin.register(Message, site=tenant_console)
class Messages(Table):
    permit = Permit.CONVERSATIONS_VIEW
    section, icon, label, place = "Rooms", "chat", "Messages", 30
    list_display = ["created_at", "room", "user", "seq", "kind", "text"]
    list_filter = ["kind", "created_at"]
    search_fields = ["text", "user__name", "user__id"]
    list_select_related = ["room", "user"]
    ordering = ["-created_at"]
