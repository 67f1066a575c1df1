"""The public host: landing page and operators' console."""

from django.urls import path

from chat.assets.serving import favicon
from console.pages import operators
from console.views import home

urlpatterns = [
    path("", home),
    path("favicon.ico", favicon),
    path("operators/", operators.urls),
]
