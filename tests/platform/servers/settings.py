"""As little of Django as ``manage.py serve`` needs."""

import os

SECRET_KEY = "not a secret"
INSTALLED_APPS = ["config"]
ASGI_APPLICATION = "tests.platform.servers.apps.application"
PORT = int(os.environ["TEST_PORT"])
DEBUG = os.environ.get("TEST_DEBUG") == "yes"
TRUSTED_PROXIES = ()
