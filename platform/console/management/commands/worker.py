"""``manage.py worker``: jobs from PostgreSQL, until told to stop."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from tenants.connections import close_pool
from tenants.models import Process
from tenants.processes import Beating
from watching import jobs
from watching.process import Watching

CONCURRENCY = 40
"""Jobs at once. They mostly wait: for PostgreSQL, for customers' servers."""
_STOP_SECONDS = 4.0  # for the jobs that run; what they leave undone is done again


class Command(BaseCommand):
    help = "Run background jobs."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(_work())


async def _work() -> None:
    beating = Beating(Process.Kind.WORKER)
    beating.start()
    watching = Watching(Process.Kind.WORKER)
    watching.start()
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    try:
        with app.replace_connector(connector) as worker_app:
            async with worker_app.open_async():
                await worker_app.run_worker_async(
                    name="parley",
                    concurrency=CONCURRENCY,
                    install_signal_handlers=True,
                    shutdown_graceful_timeout=_STOP_SECONDS,
                    delete_jobs="successful",
                    worker_middleware=[jobs.watch],
                )
    finally:
        await beating.stop()
        await watching.stop()
        await close_pool()
