"""Watching this process, from its start to its end: server or worker."""

from __future__ import annotations

import asyncio

from django.conf import settings

from chat.commands.messages import writer
from chat.delivery.process import current_delivery
from tenants.models import Process
from tenants.processes import figures
from watching import failures, traces
from watching.readings import Reader


class Watching:
    """``/metrics``, spans and failures, each where a setting says where to."""

    def __init__(self, kind: Process.Kind) -> None:
        self._kind = kind
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Within the event loop, once delivery has started."""
        failures.start(self._kind.value)
        traces.start(self._kind.value)
        if settings.METRICS_ADDRESS:
            self._serve_metrics()

    def _serve_metrics(self) -> None:
        from watching.metrics import Metrics  # prometheus_client is loaded where somebody asks
        from watching.serving import serve

        reader = Reader(figures, queues=self._kind is Process.Kind.WORKER)
        delivery = current_delivery()
        metrics = Metrics(self._kind.value, figures, reader, delivery, writer() if delivery else None)
        if serve(settings.METRICS_ADDRESS, metrics):
            self._reading = asyncio.create_task(reader.keep_reading())

    async def stop(self) -> None:
        """What is not collected yet is sent; the HTTP server's thread ends with the process."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await asyncio.to_thread(traces.stop)
