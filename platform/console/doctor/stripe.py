"""Stripe: both of its secrets or none, of one mode, and no event left lying."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models.functions import Now

from billing.models import StripeEvent
from console.doctor.finding import Finding, fail, ok, warn
from tenants.processes import SILENCE

_OFFICIAL = "https://api.stripe.com"


def check() -> Iterator[Finding]:
    key, secret = settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET
    if not key and not secret:
        yield ok("Nobody is billed")
        return
    yield from list(_secrets(key, secret)) or [ok("Both secrets are there")]
    left = StripeEvent.objects.filter(handled_at__isnull=True, received_at__lt=Now() - SILENCE).count()
    if left:
        yield warn(f"{left} of Stripe's events are not handled", "See the worker's log, and the events' failure.")


def _secrets(key: str, secret: str) -> Iterator[Finding]:
    if not key:
        yield fail("STRIPE_WEBHOOK_SECRET is set, and STRIPE_SECRET_KEY is not", "Set both, or none.")
    elif not key.startswith(("sk_", "rk_")):
        yield fail("STRIPE_SECRET_KEY is no secret key", "Take the one that begins with sk_ or rk_.")
    if not secret:
        yield fail("STRIPE_WEBHOOK_SECRET is missing: what Stripe tells is refused", "Set the endpoint's whsec_….")
    if settings.STRIPE_API_BASE != _OFFICIAL and key.startswith(("sk_live", "rk_live")):
        yield fail("A live key goes to a stand-in", "Remove STRIPE_API_BASE.")
