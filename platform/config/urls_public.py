"""The public host: landing page and operators' console."""

from django.urls import path

from accounts import urls as accounts
from billing.pricing import pricing
from billing.webhooks import webhook
from chat.api import reference
from chat.assets.serving import favicon
from console.api.api import api
from console.invitation import invitation
from console.pages import operators
from console.views import home, no_such_route

urlpatterns = [
    path("", home),
    path("pricing", pricing),
    path("favicon.ico", favicon),
    path("api/docs/errors", reference.errors),
    path("billing/webhook", webhook),
    path("operators/api/v1/", api.urls),
    path("operators/api/<path:rest>", no_such_route),
    path("operators/invitation/<str:token>", invitation),
    path("operators/", operators.urls),
    *accounts.public,
]
