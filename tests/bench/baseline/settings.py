"""As little as the tutorial needs, and set in its favour where a default would only hurt it."""

import os

import environ

SECRET_KEY = "the baseline keeps no secrets"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["channels", "tests.bench.baseline"]
DATABASES = {"default": environ.Env.db_url_config(os.environ["BASELINE_DATABASE_URL"])}
DATABASES["default"]["CONN_MAX_AGE"] = None  # Django's default would connect anew for each message
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # redis-py's default socket_timeout of 5 s ends idle subscriptions.
            "hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": None}],
            "capacity": 1_000_000,  # at the default of 100 it drops messages without a word
        },
    }
}
