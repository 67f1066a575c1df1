"""A worker that counts, notes and sends the usage of some tenants, and stops before each step until it is told to go
on. ``python -m tests.billing.metering_usage MOMENT SLUG...``"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime
from typing import Any


def _seam(name: str) -> None:
    print(name, flush=True)
    sys.stdin.readline()


def _work(moment: datetime, slugs: list[str]) -> None:
    from billing.gateway_stripe import Gateway
    from billing.metering import note_meter_events, send_meter_events

    sent = Gateway.send_meter_event

    def send(self: Gateway, *event: Any) -> None:
        _seam("sending")
        sent(self, *event)
        _seam("sent")

    Gateway.send_meter_event = send  # type: ignore[method-assign]
    asyncio.run(_count(moment, slugs))
    _seam("noting")
    note_meter_events(moment)
    _seam("noted")
    send_meter_events(moment)


async def _count(moment: datetime, slugs: list[str]) -> None:
    from chat.commands.usage import count_usage
    from tenants.connections import close_pool
    from tenants.models import Tenant
    from tenants.scope import tenant_scope

    for slug in slugs:
        tenant = await Tenant.objects.aget(slug=slug)
        _seam("counting")
        with tenant_scope(tenant):
            await count_usage(tenant, moment)
    await close_pool()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    _work(datetime.fromisoformat(sys.argv[1]), sys.argv[2:])
