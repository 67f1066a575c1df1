"""/billing/webhook on the public host: Stripe tells that something happened. It is asked nothing here, so that events
are taken while it does not answer."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import events
from billing.gateway_stripe import BadSignature, is_live, read_webhook
from billing.tasks import defer_handling
from tenants.routers import SHARED

log = structlog.get_logger(__name__)

MOST_BYTES = 512 << 10


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 for what Stripe signed for this account, however often it comes; what is not is refused, and of it nothing
    is kept or logged but why."""
    if not settings.STRIPE_WEBHOOK_SECRET:
        return _refused("no_secret", 404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES or len(request.body) > MOST_BYTES:
        return _refused("too_big", 413)
    try:
        event = read_webhook(request.body, request.headers.get("Stripe-Signature", ""))
    except BadSignature:
        return _refused("bad_signature")
    except ValueError:
        return _refused("no_event")
    if event.account:
        return _refused("other_account")
    if event.livemode != is_live():
        return _refused("other_mode")
    with transaction.atomic(SHARED):
        if events.store(event):
            defer_handling()
    return HttpResponse(status=200)


def _refused(reason: str, status: int = 400) -> HttpResponse:
    log.warning("billing.webhook_refused", reason=reason)
    return HttpResponse(reason, status=status, content_type="text/plain")
