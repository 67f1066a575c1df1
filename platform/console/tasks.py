"""Jobs of the platform itself."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from tenants.lifecycle import remove_due


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="remove_due_tenants", pass_context=False)
async def remove_due_tenants(timestamp: int) -> None:
    """Remove the tenants whose grace is over."""
    await sync_to_async(remove_due)()
