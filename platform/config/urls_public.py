"""The public host: landing page and operators' console."""

from django.urls import path

from console.site import operators
from console.views import home

urlpatterns = [
    path("", home),
    path("operators/", operators.urls),
]
