"""Telling a tenant's owners, by e-mail, what became of their webhooks."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence

import structlog
from asgiref.sync import sync_to_async
from django.core.mail import send_mail

from chat.webhooks.endpoints import endpoint
from tenants.models import Account, Role
from tenants.records import TenantRecord

log = structlog.get_logger(__name__)

_TEXT = """\
The webhook endpoint {id} of {name}, {url}, has been disabled. {reason}

What it has not received is kept for 30 days. Once it works, enable it again and it will get what waited for it:

    PATCH /api/v1/webhooks/{id} {{"enabled": true}}
"""


async def endpoint_disabled(tenant: TenantRecord, endpoint_id: str) -> None:
    """Within the tenant's scope. A mail server that does not take it is logged, nothing more."""
    shown = await endpoint(endpoint_id)
    text = _TEXT.format(id=shown.id, name=tenant.name, url=shown.url, reason=shown.disabled_reason)
    subject = f"A webhook endpoint of {' '.join(tenant.name.split())} has been disabled"
    owners = Account.objects.filter(
        memberships__tenant_id=tenant.id, memberships__role=Role.OWNER, is_active=True
    ).values_list("email", flat=True)
    emails = [email async for email in owners]
    try:
        # In a thread of its own: a mail server may take its time.
        await sync_to_async(_mail, thread_sensitive=False)(subject, text, emails)
    except (smtplib.SMTPException, OSError) as error:
        log.warning("webhooks.notice_not_sent", tenant=tenant.slug, error=type(error).__name__)


def _mail(subject: str, text: str, emails: Sequence[str]) -> None:
    """One for each: they need not learn each other's addresses."""
    for email in emails:
        send_mail(subject, text, None, [email])
