"""Mails in a tenant's name or the platform's: as text and as simple HTML, with the tenant's own words where it has
some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from tenants.emails import MailWords, filled

PARLEY = "Parley"


def compose(
    email: str,
    *,
    subject: str,
    lines: Sequence[str],
    place: str = PARLEY,
    button: str = "",
    url: str = "",
    from_where: Mapping[str, Any] | None = None,
    words: MailWords | None = None,
) -> EmailMultiAlternatives:
    """A mail to ``email`` in the name of ``place``, ready to be sent. ``from_where``: when, from which address and with
    what browser the thing was done that it tells of."""
    words = words or MailWords()
    particulars = {"organisation": place}
    subject = _one_line(subject)
    context = {
        "place": place,
        "subject": subject,
        "lines": lines,
        "button": button,
        "url": url,
        "from_where": from_where,
        "footer": filled(words.footer, particulars),
    }
    sender = formataddr((_one_line(filled(words.sender, particulars) or place), settings.DEFAULT_FROM_EMAIL))
    message = EmailMultiAlternatives(subject, render_to_string("mails/mail.txt", context).strip(), sender, [email])
    message.attach_alternative(render_to_string("mails/mail.html", context), "text/html")
    return message


def _one_line(text: str) -> str:
    """For a header (RFC 5322 section 2.2)."""
    return " ".join(text.split())


def invitation_mail(
    words: MailWords, *, organisation: str, email: str, name: str, inviter: str, url: str
) -> EmailMultiAlternatives:
    """To somebody who is given a place in an organisation's team."""
    particulars = {"organisation": organisation, "name": name, "inviter": inviter}
    text = filled(words.invitation_text, particulars) or f"{inviter} invites you to the team of {organisation}."
    return compose(
        email,
        place=organisation,
        subject=filled(words.invitation_subject, particulars) or f"You are invited to {organisation}",
        lines=text.splitlines(),
        button="Come in",
        url=url,
        words=words,
    )
