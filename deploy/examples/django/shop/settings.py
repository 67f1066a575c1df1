"""A small Django site. What concerns Parley stands first; the rest is as everywhere."""

from __future__ import annotations

import os
import sys

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key


def setting(name: str, default: str = "") -> str:
    value = os.environ.get(name, default)
    return value or sys.exit(f"{name} is not set; deploy/examples/README.md tells where to get it.")


PARLEY_URL = setting("PARLEY_URL", "http://acme.localhost:8000").rstrip("/")
PARLEY_KEY_ID = setting("PARLEY_KEY_ID")
PARLEY_SECRET = setting("PARLEY_SECRET")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [PARLEY_URL],
        "connect-src": [SELF, PARLEY_URL, PARLEY_URL.replace("http", "ws", 1)],
        "img-src": [SELF, PARLEY_URL],
        "media-src": [PARLEY_URL],
        "style-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
SECRET_KEY = get_random_secret_key()  # each start forgets who was who
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "csp", "shop"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
STATIC_URL = "/static/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.csrf"]},
    }
]
