"""Purging: the night's retention in a process of its own, as the worker does it, whenever it is told to.

``python -m tests.bench.purging <schema>``: reads, a line each, the moment from which on messages are kept; answers with
how many were removed.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta

from tests.bench.loop import run


async def _obey(schema: str) -> None:
    from chat.commands.retention import apply_retention  # these need Django set up
    from tenants.connections import close_pool
    from tenants.retention import Periods, Retention
    from tenants.scope import SchemaOnly, tenant_scope

    a_day = Retention(Periods(messages={"private": 1}))
    with tenant_scope(SchemaOnly(schema)):
        while line := await asyncio.to_thread(sys.stdin.readline):
            removed = await apply_retention(a_day, "simple", datetime.fromisoformat(line.strip()) + timedelta(days=1))
            print(removed.messages, flush=True)
    await close_pool()


if __name__ == "__main__":
    import django

    django.setup()
    run(_obey(sys.argv[1]))
