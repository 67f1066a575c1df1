"""var/parley.env: the settings of a private run. Its secrets are made once and kept."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

DEFAULTS = {"BASE_DOMAIN": "localhost", "PORT": "8000", "DEBUG": "true"}


def chosen_by_user(name: str, user: Mapping[str, str]) -> bool:
    """Whether the user has set a variable, or its twin that names a file."""
    return bool(user.get(name) or user.get(f"{name}_FILE"))


def read(file: Path) -> dict[str, str]:
    """The KEY=value lines of a file; none if there is no file."""
    if not file.exists():
        return {}
    lines = file.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def write(file: Path, values: Mapping[str, str]) -> None:
    """Readable by us alone, and whole: a torn file would lose the keys to what is stored encrypted."""
    unfinished = file.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.writelines(f"{name}={value}\n" for name, value in values.items())
        output.flush()
        os.fsync(output.fileno())
    unfinished.replace(file)


def settled(kept: Mapping[str, str], user: Mapping[str, str]) -> dict[str, str]:
    """This run's settings, without the servers' URLs: the user's, the kept, the new ones, in this order."""
    settings = {name: user.get(name) or value for name, value in DEFAULTS.items()}
    settings["SECRET_KEY"] = kept.get("SECRET_KEY") or secrets.token_urlsafe(48)
    settings["ENCRYPTION_KEYS"] = kept.get("ENCRYPTION_KEYS") or fernet_key()
    return settings


def fernet_key() -> str:
    """32 random bytes as the Fernet specification writes them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def password_in(url: str | None) -> str:
    """The password of a private server's URL, or a new one."""
    if url:
        parts = urlsplit(url)
        if password := parts.password or parse_qs(parts.query).get("password", [""])[0]:
            return password
    return secrets.token_hex(16)


def for_children(settings: Mapping[str, str], user: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of Parley's own processes: the user's, and ours where that is silent."""
    ours = {name: value for name, value in settings.items() if not chosen_by_user(name, user)}
    return {**user, **ours, "PYTHONUNBUFFERED": "1"}
