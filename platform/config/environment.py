"""The environment, read once: each value typed, each fault named in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from kit.crypto import Sealer

Value = TypeVar("Value")
_TRUE, _FALSE = ("true", "on", "yes", "1"), ("false", "off", "no", "0")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\Z")


class Environment:
    """``X`` or, for secrets that are mounted as files, ``X_FILE``; white space around a value does not count.

    Each method raises ImproperlyConfigured, with one line that names the variable, when it is missing without a
    default or malformed.
    """

    def __init__(self, defaults: Path) -> None:
        self._env = environ.FileAwareEnv()
        if defaults.is_file():
            self._env.read_env(str(defaults))

    def text(self, name: str, default: str | None = None) -> str:
        value = str(self._read(name, self._env.str, default)).strip()
        if not value and default is None:
            raise ImproperlyConfigured(f"{name} is empty")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, str(default)).lower()
        if value not in (*_TRUE, *_FALSE):
            raise ImproperlyConfigured(f"{name} must be true or false")
        return value in _TRUE

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        value: int = self._read(name, self._env.int, default)
        if not low <= value <= high:
            raise ImproperlyConfigured(f"{name} must be between {low} and {high}, not {value}")
        return value

    def host(self, name: str, default: str) -> str:
        value = self.text(name, default).lower()
        if not _HOST.match(value):
            raise ImproperlyConfigured(f"{name} must be a bare host name such as chat.example.com")
        return value

    def hosts(self, name: str, default: str) -> frozenset[str]:
        """Comma-separated host names or IP addresses."""
        hosts = frozenset(host.strip().lower() for host in self.text(name, default).split(",") if host.strip())
        for host in hosts:
            if not _HOST.match(host) and not _is_address(host):
                raise ImproperlyConfigured(f"{name} must be host names or addresses, separated by commas")
        return hosts

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """Comma-separated addresses or networks such as ``10.0.0.0/8``."""
        try:
            return tuple(ip_network(part.strip()) for part in self.text(name, "").split(",") if part.strip())
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be IP addresses or networks, separated by commas") from None

    def address_and_port(self, name: str, example: str) -> str:
        """``address:port``, or nothing."""
        value = self.text(name, "")
        address, _, port = value.rpartition(":")
        if value and not (_is_address(address) and port.isascii() and port.isdecimal() and int(port) < 65_536):
            raise ImproperlyConfigured(f"{name} must be an IP address and a port such as {example}")
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}")
        return value

    def database(self, name: str) -> dict[str, Any]:
        """Django's settings for a ``postgres://`` URL."""
        url = self._url(name)
        if url.scheme not in ("postgres", "postgresql"):
            raise ImproperlyConfigured(f"{name} must be a postgres:// URL")
        try:
            settings: dict[str, Any] = self._env.db_url_config(self.text(name))
        except ValueError:
            raise ImproperlyConfigured(f"{name} is not a valid URL") from None
        if not settings["NAME"]:
            raise ImproperlyConfigured(f"{name} names no database")
        return settings

    def redis(self, name: str) -> str:
        url = self._url(name)
        if url.scheme not in ("redis", "rediss", "unix"):
            raise ImproperlyConfigured(f"{name} must be a redis://, rediss:// or unix:// URL")
        return self.text(name)

    def folder(self, name: str, default: str) -> str:
        """An absolute path, or nothing."""
        path = self.text(name, default)
        if path and not Path(path).is_absolute():
            raise ImproperlyConfigured(f"{name} must be an absolute path")
        return path

    def postgres(self, name: str) -> str:
        """A ``postgres://`` URL, or nothing."""
        value = self.text(name, "")
        if value and self._url(name).scheme not in ("postgres", "postgresql"):
            raise ImproperlyConfigured(f"{name} must be a postgres:// URL")
        return value

    def website(self, name: str, default: str) -> str:
        """An ``https://`` or ``http://`` URL, without a path; nothing where that is the default."""
        url = self._url(name, default)
        if not default and not url.geturl():
            return ""
        if url.scheme not in ("https", "http") or not url.hostname or url.path.strip("/") or url.query:
            raise ImproperlyConfigured(f"{name} must be an https:// URL without a path")
        return url.geturl().rstrip("/")

    def sentry(self, name: str) -> str:
        """Sentry's DSN, ``https://KEY@host/project``, or nothing."""
        url = self._url(name, "")
        if url.geturl() and not (url.scheme in ("https", "http") and url.username and url.path.strip("/").isdecimal()):
            raise ImproperlyConfigured(f"{name} must be an https://KEY@host/project URL")
        return url.geturl()

    def encryption_keys(self, name: str) -> list[str]:
        """Comma-separated Fernet keys, the newest first."""
        keys = [key.strip() for key in self.text(name).split(",") if key.strip()]
        try:
            Sealer(keys)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be 32-byte keys in URL-safe base64, separated by commas") from None
        return keys

    def email(self, name: str, default: str) -> dict[str, Any]:
        url = self.text(name, default)
        try:
            settings: dict[str, Any] = self._env.email_url_config(url)
        except (ValueError, KeyError, ImproperlyConfigured):
            raise ImproperlyConfigured(f"{name} is not a valid e-mail URL") from None
        return settings

    def address(self, name: str, default: str) -> str:
        """An e-mail address."""
        address = self.text(name, default)
        try:
            validate_email(address)
        except ValidationError:
            raise ImproperlyConfigured(f"{name} must be an e-mail address") from None
        return address

    def storage(self, name: str, default: str) -> dict[str, Any]:
        """Django's settings for a place for files: ``file:///folder``, or ``s3://bucket/folder`` with ``?region=`` and
        ``?endpoint=`` where needed; S3's credentials may stand before the bucket, or where boto3 looks for them."""
        url = self._url(name, default)
        if url.scheme == "file" and url.path.startswith("/") and not url.netloc:
            return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": _folder(unquote(url.path))}
        if url.scheme == "s3" and url.hostname:
            if find_spec("boto3") is None:
                raise ImproperlyConfigured(f"{name} needs boto3 for S3: pip install boto3")
            return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _bucket(url)}
        raise ImproperlyConfigured(f"{name} must be a file:///folder or s3://bucket/folder URL")

    def _url(self, name: str, default: str | None = None) -> SplitResult:
        try:
            url = urlsplit(self.text(name, default))
            _ = url.port
        except ValueError:
            raise ImproperlyConfigured(f"{name} is not a valid URL") from None
        return url

    def _read(self, name: str, reader: Callable[..., Any], default: Value | None) -> Any:
        options = {} if default is None else {"default": default}
        try:
            return reader(name, **options)
        except ImproperlyConfigured:
            raise ImproperlyConfigured(f"{name} is not set (nor {name}_FILE)") from None
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}") from None
        except ValueError:
            raise ImproperlyConfigured(f"{name} is malformed") from None


def _folder(path: str) -> dict[str, Any]:
    return {"location": path, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}


def _bucket(url: SplitResult) -> dict[str, Any]:
    given = dict(parse_qsl(url.query))
    options = {
        "bucket_name": url.hostname,
        "location": url.path.strip("/"),
        "access_key": unquote(url.username or ""),
        "secret_key": unquote(url.password or ""),
        "region_name": given.get("region"),
        "endpoint_url": given.get("endpoint"),
    }
    return {option: value for option, value in options.items() if value}


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
