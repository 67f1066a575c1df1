"""Mail: whether its server can be reached and lets us in. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import get_connection

from console.doctor.finding import Finding, fail, ok, warn

_SMTP = "django.core.mail.backends.smtp.EmailBackend"


def check() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND != _SMTP:
        yield warn("Mails are not sent", "Set EMAIL_URL to an SMTP server.")
        return
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        yield fail(f"{settings.EMAIL_HOST} takes no mail: {type(error).__name__}", "See EMAIL_URL.")
        return
    connection.close()
    yield ok(f"{settings.EMAIL_HOST} takes mail")
