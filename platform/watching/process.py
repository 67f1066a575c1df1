"""Watching this process, from its start to its end: server or worker."""

from __future__ import annotations

import asyncio

from django.conf import settings
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

from chat.commands.messages import writer
from chat.delivery.process import current_delivery
from tenants.models import Process
from tenants.processes import figures
from watching import failures, traces
from watching.metrics import Metrics
from watching.readings import Reader
from watching.serving import serve


class Watching:
    """``/metrics``, spans and failures, each where a setting says where to."""

    def __init__(self, kind: Process.Kind) -> None:
        self._kind = kind
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Within the event loop, once delivery has started."""
        failures.start(self._kind.value)
        traces.start(self._kind.value)
        if not settings.METRICS_ADDRESS:
            return
        works = self._kind is Process.Kind.WORKER
        reader = Reader(figures, queues=works)
        delivery = current_delivery()
        registry = CollectorRegistry()
        registry.register(Metrics(self._kind.value, figures, reader, delivery, writer() if delivery else None))
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        if serve(settings.METRICS_ADDRESS, registry):
            self._reading = asyncio.create_task(reader.keep_reading())

    async def stop(self) -> None:
        """What is not collected yet is sent; the HTTP server's thread ends with the process."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await asyncio.to_thread(traces.stop)
