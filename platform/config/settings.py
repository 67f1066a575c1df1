"""Parley's settings: one file, from the environment, failing loudly.

``make run`` keeps a private PostgreSQL, Valkey and generated secrets for this checkout in ``var/parley.env``; the
environment wins over that file.
"""

import os
import sys
import tomllib
from pathlib import Path

from csp.constants import NONE, SELF

from config.environment import Environment
from config.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parents[2]
env = Environment(defaults=Path(os.environ.get("PARLEY_ENV", BASE_DIR / "var" / "parley.env")))

VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# The site
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
ENCRYPTION_KEYS = env.encryption_keys("ENCRYPTION_KEYS")
BASE_DOMAIN = env.host("BASE_DOMAIN", default="localhost")
PORT = env.number("PORT", default=8000, low=1, high=65535)
SECURE = env.flag("SECURE", default=not DEBUG)
"""Whether people reach the site by https, so that cookies may be marked for it alone."""

ROOT_URLCONF = "config.urls_public"
TENANT_URLCONF = "config.urls_tenant"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = None
ALLOWED_HOSTS = ["*"]  # tenants.middleware knows every host that may be served and refuses the others
APPEND_SLASH = False

# Apps. A tenant's schema holds chat and nothing else: what it lacks cannot leak from it.
SHARED_APPS = [
    "config",
    "console",
    "accounts",
    "billing",
    "tenants",
    "unfold.apps.BasicAppConfig",  # before admin, whose templates it replaces
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin.apps.SimpleAdminConfig",  # before django_tenants, whose admin pages carry inline styles
    "django_tenants",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "procrastinate.contrib.django",
    "csp",
    "ninja",
]
TENANT_APPS = ["chat"]
INSTALLED_APPS = SHARED_APPS + TENANT_APPS
AUTH_USER_MODEL = "tenants.Account"
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_DB_ALIAS = "tenant"
TENANT_SYNC_ROUTER = "tenants.routers.TenantRouter"
DATABASE_ROUTERS = [TENANT_SYNC_ROUTER]

# Two ways into one database: ``default`` sees the public schema as the login role, ``tenant`` only ever the
# schema of the tenant in scope, under that tenant's own role.
_SERVING = len(sys.argv) > 1 and sys.argv[1] in {"serve", "worker"}
DATABASE_POOL_SIZE = env.number("DATABASE_POOL_SIZE", default=10 if _SERVING else 0, low=0, high=500)
DATABASE_GIVE_UP_SECONDS = 2
"""A pool that tries in vain doubles its pauses, up to minutes; having given up, it tries again when asked."""
_pool = (
    {
        "min_size": 1,
        "max_size": DATABASE_POOL_SIZE,
        "timeout": 10,
        "reconnect_timeout": DATABASE_GIVE_UP_SECONDS,
    }
    if DATABASE_POOL_SIZE
    else False
)
_database = env.database("DATABASE_URL")
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}  # a dead peer shows within 25 s
_database["CONN_HEALTH_CHECKS"] = True  # after a restart of PostgreSQL the pool holds dead connections
_database["OPTIONS"] = {**_database.get("OPTIONS", {}), "pool": _pool, "connect_timeout": 5, **_KEEPALIVE}
DATABASES = {
    "default": {**_database, "ENGINE": "django.db.backends.postgresql"},
    "tenant": {**_database, "ENGINE": "tenants.postgresql", "TEST": {"MIRROR": "default"}},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis("REDIS_URL")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "prefix": "parley",
            # redis-py's default socket_timeout of 5 s ends idle subscriptions.
            "hosts": [{"address": REDIS_URL, "socket_timeout": None, "socket_connect_timeout": 2}],
        },
    }
}

CACHES = {
    "default": {
        "BACKEND": "config.cache.SturdyCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "parley:cache",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

MIDDLEWARE = [
    "watching.requests.watch",
    "config.health.health",
    "config.request_ids.request_ids",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "tenants.middleware.TenantMiddleware",
    "tenants.processes.count_failures",
    "chat.api.cors.cross_origin",
    "chat.assets.serving.serve_assets",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.MembershipMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.actors.actors",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chat.api.middleware.api_manners",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "chat" / "hosted" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Signing in
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
    {"NAME": "accounts.passwords.SiteNameValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in"
CONFIRM_URL = "/account/confirm"
SECOND_FACTOR_URL = "/account/second-factor"
SIGN_UP = env.choice("SIGN_UP", default="invitation", allowed=("open", "invitation"))
"""Whether anybody may make an organisation of their own on the public host."""
_mfa = "required" if SECURE else "optional"
OPERATOR_MFA = env.choice("OPERATOR_MFA", default=_mfa, allowed=("required", "optional"))
CONFIRMATION_MINUTES = env.number("CONFIRMATION_MINUTES", default=10, low=1, high=1440)
"""For how long dangerous actions take it that whoever signed in, or confirmed it, is still there."""
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = CONFIRMATION_MINUTES * 60
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {  # an office is one address
    "login": "300/m/ip",
    "login_failed": "60/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "slug": "120/m/ip",
    "reset_password": "20/m/ip,3/10m/key",
}
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reauthenticate": "accounts.forms.ConfirmForm",
    "reset_password": "accounts.forms.ForgottenForm",
    "reset_password_from_key": "accounts.forms.ResetForm",
    "user_token": "accounts.forms.ResetLinkForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
MFA_ADAPTER = "accounts.second_factors.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # there are no such accounts: who sets a password has read a mail
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_FORMS = {
    "authenticate": "accounts.second_factors.CodeForm",
    "reauthenticate": "accounts.second_factors.ConfirmCodeForm",
    "activate_totp": "accounts.second_factors.ActivateForm",
    "add_webauthn": "accounts.second_factors.AddPasskeyForm",
    "edit_webauthn": "accounts.second_factors.RenamePasskeyForm",
    "authenticate_webauthn": "accounts.second_factors.PasskeyForm",
    "reauthenticate_webauthn": "accounts.second_factors.ConfirmPasskeyForm",
    "login_webauthn": "accounts.second_factors.PasskeySignInForm",
}
SESSION_ENGINE = "tenants.sessions"
_locked = "__Host-" if SECURE else ""  # browsers take it from this very host alone, by https
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_locked}sessionid", f"{_locked}csrftoken"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tenants.problems.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# The consoles
UNFOLD = {
    "SITE_TITLE": "Parley",
    "SITE_HEADER": "Parley",
    "SITE_SYMBOL": "forum",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
}

# Headers
SECURE_PROXY_SSL_HEADER = None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: a tenant's own domain is not ours to decide for
    "security.W008",  # the proxy in front redirects to https
    "security.W021",  # likewise preloading
]

# Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = DEBUG

_uploads = env.storage("MEDIA_URL", default=(BASE_DIR / "var" / "media").as_uri())
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "uploads": _uploads,
}
"""People's files are served by ``chat.api.files`` alone, which asks who may see them: they have no public URL."""

# Language and time
LANGUAGE_CODE = "en"
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
TIME_ZONE = "UTC"

# Mail, logs
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
_mail_domain = BASE_DOMAIN if "." in BASE_DOMAIN else "parley.test"
DEFAULT_FROM_EMAIL = env.address("MAIL_FROM", default=f"parley@{_mail_domain}")
CONTACT_EMAIL = env.address("CONTACT_EMAIL", default=DEFAULT_FROM_EMAIL)
"""Who answers questions about plans."""
LOG_FORMAT = env.choice("LOG_FORMAT", default="text" if DEBUG else "json", allowed=("text", "json"))
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logging_settings(LOG_FORMAT)

# Watching
METRICS_ADDRESS = env.address_and_port("METRICS_ADDRESS", example="127.0.0.1:9464")
"""Where each process serves ``/metrics``: the first takes this port, each other one the next that is free."""
OTEL_EXPORTER_OTLP_ENDPOINT = env.website("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
SENTRY_DSN = env.sentry("SENTRY_DSN")

# Billing. Without a key nobody is billed, and plans are set by hand.
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env.website("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_AUTOMATIC_TAX = env.flag("STRIPE_AUTOMATIC_TAX", default=True)

OUTBOUND_ALLOW = env.hosts("OUTBOUND_ALLOW", default="localhost,127.0.0.1" if DEBUG else "")
"""Hosts that may be called whatever their address, port and scheme; all others only at public addresses, by https."""

TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
"""Networks of the reverse proxies whose word about clients' addresses and schemes is taken."""

DNS_SERVER = env.address_and_port("DNS_SERVER", example="127.0.0.1:53")
"""Whom to ask about customers' domains, ``address:port``; without it the system's own resolver."""

BACKUP_FOLDER = env.folder("BACKUP_FOLDER", default=str(BASE_DIR / "var" / "backups"))
BACKUP_DATABASE_URL = env.postgres("BACKUP_DATABASE_URL")
"""The database as a role that may replicate; empty: DATABASE_URL's may."""
PG_BIN = env.folder("PG_BIN", default="")

TENANT_GRACE_DAYS = env.number("TENANT_GRACE_DAYS", default=30, low=0, high=3650)
"""Days between the request to delete a tenant and the removal of its data."""
