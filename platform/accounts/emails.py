"""Mails about accounts: their words, as text and as simple HTML, from the organisation on whose host they were asked
for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any

import structlog
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from tenants.emails import MailWords, filled, read_mail_words
from tenants.mails import compose
from tenants.models import Tenant

log = structlog.get_logger(__name__)
_NOT_YOU = "If this was not you, choose a new password now and look at your sessions."
_RESET = "account/email/password_reset_key"
_IGNORE = "If you did not ask for this, you need not do anything."


@dataclass(frozen=True, slots=True)
class Words:
    """What one kind of mail says; in braces what the occasion fills in. ``link`` is the name of the URL behind
    ``button``. ``notice``: something was done, and the mail says where from."""

    subject: str
    lines: tuple[str, ...]
    button: str = ""
    link: str = ""
    notice: bool = False


def _notice(subject: str, line: str) -> Words:
    return Words(subject, (line, _NOT_YOU), notice=True)


WORDS: Mapping[str, Words] = {
    "accounts/sign_up": Words(
        "Your organisation on Parley",
        ("Confirm that this address is yours, and go on. The link is good for a day.", _IGNORE),
        "Go on",
        "url",
    ),
    "accounts/sign_up_known": Words(
        "You have an account already",
        ("Somebody, probably you, wanted to sign up with this address. You have an account: sign in with it.", _IGNORE),
        "Sign in",
        "url",
    ),
    "accounts/address": Words(
        "Confirm your new address",
        (
            "Confirm that {email} is to be the address of your account. The link is good for a day.",
            _IGNORE,
        ),
        "Confirm this address",
        "url",
    ),
    "accounts/address_known": Words(
        "This address has an account already",
        ("Somebody wanted to make {email} the address of another account. Yours stays as it is.",),
    ),
    "accounts/address_changed": _notice("Your address was changed", "Your account has the address {new} from now on."),
    _RESET: Words(
        "Choose a new password",
        ("Somebody, probably you, asked for a new password. The link is good for three days, and once.", _IGNORE),
        "Choose a new password",
        "password_reset_url",
    ),
    "account/email/unknown_account": Words(
        "No account with this address",
        (
            "Somebody, probably you, asked for a new password. {place} knows no account with this address.",
            _IGNORE,
        ),
    ),
    "account/email/password_changed": _notice("Your password was changed", "The password of your account was changed."),
    "account/email/password_reset": _notice("Your password was changed", "The password of your account was changed."),
    "mfa/email/totp_activated": _notice("Authenticator app set up", "An authenticator app was set up."),
    "mfa/email/totp_deactivated": _notice("Authenticator app removed", "The authenticator app was removed."),
    "mfa/email/webauthn_added": _notice("Passkey added", "A passkey was added to your account."),
    "mfa/email/webauthn_removed": _notice("Passkey removed", "A passkey was removed from your account."),
    "mfa/email/recovery_codes_generated": _notice("New recovery codes", "Your account has new recovery codes."),
}


def send(request: Any, kind: str, email: str, particulars: Mapping[str, Any]) -> None:
    """One mail. A mail server that fails is logged; whoever waits is told to ask again if nothing comes."""
    place = request.tenant.name if request.tenant else "Parley"
    try:
        _message(request, kind, email, {"place": place, "email": email, **particulars}).send()
    except (SMTPException, OSError) as error:
        log.warning("accounts.mail_failed", kind=kind, error=type(error).__name__)


def notify(request: Any, kind: str, email: str, **particulars: Any) -> None:
    """A mail about something that was done, with where from."""
    agent = request.META.get("HTTP_USER_AGENT", "")[:200]
    address = request.META.get("REMOTE_ADDR", "")
    send(request, kind, email, {"timestamp": timezone.now(), "ip": address, "user_agent": agent, **particulars})


def _message(request: Any, kind: str, email: str, particulars: Mapping[str, Any]) -> EmailMultiAlternatives:
    words, own = WORDS[kind], _own_words(request)
    subject, lines = words.subject.format(**particulars), [line.format(**particulars) for line in words.lines]
    if kind == _RESET:
        known = {"organisation": particulars["place"]}
        subject = filled(own.reset_subject, known) or subject
        lines = filled(own.reset_text, known).splitlines() or lines
    return compose(
        email,
        place=particulars["place"],
        subject=subject,
        lines=lines,
        button=words.button,
        url=particulars[words.link] if words.link else "",
        from_where=particulars if words.notice else None,
        words=own,
    )


def _own_words(request: Any) -> MailWords:
    """The organisation's on whose host it is."""
    if request.tenant is None:
        return MailWords()
    return read_mail_words(Tenant.objects.values_list("emails", flat=True).get(pk=request.tenant.id))
