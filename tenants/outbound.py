"""What requests to servers that tenants name may reach, by this installation's settings."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from kit.outbound import OutboundPolicy


@cache
def outbound_policy() -> OutboundPolicy:
    return OutboundPolicy(allow=settings.OUTBOUND_ALLOW)
