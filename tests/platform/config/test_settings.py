"""Starting with settings that are missing or malformed: one line that names the variable, and no start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from config.settings import PASSWORD_HASHERS
from tests.support.cast import Tenancy
from tests.support.manage import Told, manage

REQUIRED = ["SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL"]
MALFORMED = {
    "SECRET_KEY": "",
    "ENCRYPTION_KEYS": "short",
    "DATABASE_URL": "mysql://u:hunter2@h/db",
    "REDIS_URL": "http://h",
    "BASE_DOMAIN": "http://example.com",
    "PORT": "eighty",
    "DEBUG": "maybe",
    "SECURE": "maybe",
    "LOG_FORMAT": "xml",
    "EMAIL_URL": "nonsense",
    "DATABASE_POOL_SIZE": "-1",
    "OUTBOUND_ALLOW": "http://example.com",
    "MEDIA_URL": "https://files.example.com/",
    "TENANT_GRACE_DAYS": "soon",
    "MAIL_FROM": "nobody",
    "CONTACT_EMAIL": "nobody",
    "BACKUP_FOLDER": "backups",
    "BACKUP_DATABASE_URL": "db.example.com",
    "PG_BIN": "bin",
    "SIGN_UP": "maybe",
    "OPERATOR_MFA": "maybe",
    "CONFIRMATION_MINUTES": "0",
    "DNS_SERVER": "dns.example.com",
    "TRUSTED_PROXIES": "10.0.0.1/8",
    "STRIPE_API_BASE": "api.stripe.com",
    "STRIPE_AUTOMATIC_TAX": "maybe",
    "METRICS_ADDRESS": "9464",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318",
    "SENTRY_DSN": "https://sentry.example.com/1",
}


def names(told: Told, variable: str) -> bool:
    """Whether it stopped with one line, which begins with the variable's name."""
    assert told.code == 1
    assert told.out == ""
    [line] = told.errors
    return line.startswith(f"parley: {variable} ")


@pytest.mark.parametrize("variable", REQUIRED)
def test_a_missing_variable_stops_the_start(variable: str) -> None:
    assert names(manage("serve", "--port", "0", **{variable: None}), variable)


@pytest.mark.parametrize(("variable", "value"), MALFORMED.items())
def test_a_malformed_variable_stops_the_start_and_is_not_repeated(variable: str, value: str) -> None:
    told = manage("serve", "--port", "0", **{variable: value})
    assert names(told, variable)
    assert "hunter2" not in told.err


@pytest.mark.parametrize("command", ["migrate", "tenant", "worker"])
def test_every_command_stops_likewise(command: str) -> None:
    assert names(manage(command, DATABASE_URL=None), "DATABASE_URL")


def test_secrets_may_come_as_files(acme: Tenancy, tmp_path: Path) -> None:
    env: dict[str, str | None] = {}
    for variable in REQUIRED:
        file = tmp_path / variable.lower()
        file.write_text(f"{os.environ[variable]}\n")
        env |= {variable: None, f"{variable}_FILE": str(file)}
    told = manage("tenant", "show", acme.slug, **env)
    assert told.code == 0, told.err
    assert acme.slug in told.out
    (tmp_path / "secret_key").unlink()
    [line] = manage("tenant", "show", acme.slug, **env).errors
    assert line == "parley: SECRET_KEY_FILE cannot be read: No such file or directory"


def test_every_variable_of_the_environment_is_tried_above() -> None:
    """A new one in the settings needs a row here."""
    text = (Path(__file__).resolve().parents[3] / "platform" / "config" / "settings.py").read_text()
    read = {line.split('("')[1].split('"')[0] for line in text.splitlines() if "= env." in line}
    assert read - {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"} == set(MALFORMED)


def test_passwords_are_hashed_by_argon2_at_its_full_cost() -> None:
    """Which tests cannot afford: they hash with the least (``tests.support.settings``)."""
    assert PASSWORD_HASHERS[0] == f"{Argon2PasswordHasher.__module__}.{Argon2PasswordHasher.__qualname__}"
