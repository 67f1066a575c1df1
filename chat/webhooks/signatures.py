"""Signatures as Standard Webhooks has them (https://www.standardwebhooks.com, version 1): HMAC-SHA256 over id,
timestamp and body, under a secret that both sides know."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.conf import settings
from standardwebhooks import Webhook

from kit.crypto import Sealer

_SECRET_BYTES = 32


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(message_id: str, at: datetime, body: str, live_secrets: Sequence[str]) -> dict[str, str]:
    """The headers of a signed request. With several secrets a signature of each, so that a receiver may know either
    while they rotate."""
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in live_secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Parley-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def seal(secret: str) -> str:
    return _sealer().seal(secret)


def unseal(sealed: str) -> str:
    """Raises Unsealable when the key that it was sealed under is no longer configured."""
    return _sealer().open(sealed)


@cache
def _sealer() -> Sealer:
    return Sealer(settings.ENCRYPTION_KEYS)
