"""A tenant's host: hosted rooms, REST, the tenant's console, signing in."""

from django.urls import path

import billing.admin  # noqa: F401
import chat.admin  # noqa: F401 (pages are in the console once they are imported)
from accounts import urls as accounts
from chat.api import incoming, reference
from chat.api.api import api
from chat.api.files import serve_file
from chat.assets.serving import favicon
from chat.hosted import guests
from chat.hosted import views as hosted
from chat.hosted.embed_module import embed_module
from chat.hosted.embed_page import add_origin, embed_page, make_token, remove_origin, save_appearance
from chat.hosted.framed import framed
from tenants import support_views
from tenants.consoles.tenant_console import tenant_console

urlpatterns = [
    path("", hosted.inbox),
    path("search", hosted.inbox),
    path("people", hosted.inbox),
    path("rooms/<str:room_id>", hosted.room),
    path("rooms/<str:room_id>/messages/<str:message_id>", hosted.room),
    path("rooms/<str:room_id>/threads/<str:message_id>", hosted.room),
    path("embed.js", embed_module),
    path("embed/inbox", framed),
    path("embed/rooms/<str:room_id>", framed),
    path("embed", embed_page),
    path("embed/origins/add", add_origin),
    path("embed/origins/remove", remove_origin),
    path("embed/appearance", save_appearance),
    path("embed/token", make_token),
    path("favicon.ico", favicon),
    path("guest/<str:token>", guests.come_in),
    *accounts.on_tenants,
    path("api/v1/", api.urls),
    path("api/docs", reference.reference),
    path("api/docs/errors", reference.errors),
    path("files/<str:token>", serve_file),
    path("hooks/<str:hook_id>/<str:token>", incoming.receive),
    path("support/end", support_views.go),
    path("support/<str:token>", support_views.come_in),
    path("admin/", tenant_console.urls),
]
