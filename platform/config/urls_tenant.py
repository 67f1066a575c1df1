"""A tenant's host: hosted rooms, REST, the tenant's console, signing in."""

from django.urls import path
from django.views.generic import RedirectView

from chat.admin import tenant_console
from chat.api import incoming, reference
from chat.api.api import api
from chat.api.files import serve_file
from chat.hosted import views as hosted
from tenants import views as tenants

urlpatterns = [
    path("", hosted.rooms),
    path("favicon.ico", RedirectView.as_view(url="/static/hosted/parley.svg")),
    path("rooms/<str:room_id>", hosted.room),
    path("sign-in", tenants.sign_in),
    path("sign-out", tenants.sign_out),
    path("invitation/<str:account_id>/<str:token>", tenants.invitation),
    path("api/v1/", api.urls),
    path("api/docs", reference.reference),
    path("api/docs/errors", reference.errors),
    path("files/<str:token>", serve_file),
    path("hooks/<str:hook_id>/<str:token>", incoming.receive),
    path("admin/", tenant_console.urls),
]
