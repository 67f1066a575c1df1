"""The settings that start, and should not have."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import run_checks

from console.doctor.finding import Finding, fail, ok, warn

_PLACEHOLDER = "change-me"


def check() -> Iterator[Finding]:
    faults = [*_faults(), *_django()]
    yield from faults or [ok(f"serves {settings.BASE_DOMAIN}")]


def _faults() -> Iterator[Finding]:
    if settings.DEBUG:
        yield fail("DEBUG is on: errors show settings to anybody", "Set DEBUG=false.")
    if _PLACEHOLDER in settings.SECRET_KEY:
        yield fail("SECRET_KEY is the example's", "Set 50 or more random characters.")
    if settings.BASE_DOMAIN == "localhost":
        yield warn("BASE_DOMAIN is localhost", "Set the domain that people come to.")
    if not settings.SECURE:
        yield warn("SECURE is off: cookies also travel without TLS", "Set SECURE=true behind https.")
    if settings.SECURE and not settings.TRUSTED_PROXIES:
        yield warn(
            "TRUSTED_PROXIES is empty: all people seem to come from the proxy, by http",
            "Set it to the address of the proxy that ends TLS.",
        )


def _django() -> Iterator[Finding]:
    for message in run_checks(include_deployment_checks=True):
        if not message.is_silenced():
            yield warn(f"{message.id}: {message.msg}", str(message.hint or "See Django's system checks."))
