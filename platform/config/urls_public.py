"""The public host: landing page and operators' console."""

from django.urls import path
from django.views.generic import RedirectView

from console.site import operators
from console.views import home

urlpatterns = [
    path("", home),
    path("favicon.ico", RedirectView.as_view(url="/static/hosted/parley.svg")),
    path("operators/", operators.urls),
]
