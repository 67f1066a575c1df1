"""What ``/metrics`` says: families named ``parley_*``, read from numbers that the process keeps anyway.

Nothing is counted for Prometheus alone: its client's counters take a lock and a look-up each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock
from typing import Any

from django.conf import settings
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from chat.delivery.process import Delivery
from chat.delivery.writer import Writer
from kit import vitals
from kit.figures import Figures
from kit.vitals import BOUNDS, Histogram
from tenants.connections import pools
from watching.readings import Queues, Reader
from watching.shares import Shares


@dataclass(eq=False, slots=True)
class Metrics(Collector):
    """Of one process. ``delivery`` and ``writer`` are a server's."""

    kind: str
    figures: Figures
    reader: Reader
    delivery: Delivery | None = None
    writer: Writer[Any, Any] | None = None
    _shares: Shares = field(default_factory=Shares)
    _lock: Lock = field(default_factory=Lock)

    def collect(self) -> Iterator[Metric]:
        yield _gauge("process_info", "What runs here", 1, kind=self.kind, version=settings.VERSION)
        yield _gauge("postgres_up", "Whether PostgreSQL answered at the last reading", self.reader.last.postgres)
        yield _histogram("loop_lag_seconds", "How late the event loop came to what was due", vitals.loop_lag)
        yield from _pools()
        if self.delivery is not None and self.writer is not None:
            yield from self._tenants()
            yield from _sending(self.writer)
            yield from _delivering(self.delivery)
            yield from _doors()
        if self.reader.last.queues is not None:
            yield from _work(self.reader.last.queues)
            yield from self._certificate()

    def _tenants(self) -> Iterator[Metric]:
        """One look at a time: each takes what was counted since the one before."""
        with self._lock:
            shares = self._shares.look(self.figures.tallies(), self.reader.last.slugs)
            connections = {slug: share.connections for slug, share in shares.items()}
            sends = {slug: share.sends for slug, share in shares.items()}
            deliveries = {slug: share.deliveries for slug, share in shares.items()}
            failures = {slug: share.failures for slug, share in shares.items()}
        yield _gauges("connections", "Sockets open", "tenant", connections)
        yield _counters("sends", "Messages stored", "tenant", sends)
        yield _counters("deliveries", "Durable events handed to sockets", "tenant", deliveries)
        yield _counters("failures", "Requests and commands that failed by a fault of ours", "tenant", failures)

    def _certificate(self) -> Iterator[Metric]:
        expires_at = self.reader.last.certificate_expires_at
        if expires_at is not None:
            name = "certificate_expiry_timestamp_seconds"
            yield _gauge(name, "When the first of the certificates in place ends", expires_at.timestamp())


def _sending(writer: Writer[Any, Any]) -> Iterator[Metric]:
    yield _gauge("writer_queue_messages", "Messages that no transaction has taken yet", writer.waiting)
    yield _histogram("ack_latency_seconds", "From a message's arrival to its answer", vitals.acks)
    yield _histogram(
        "delivery_latency_seconds", "From a message's arrival to its hand-over to the sockets here", vitals.deliveries
    )


def _delivering(delivery: Delivery) -> Iterator[Metric]:
    yield _gauge("redis_up", "Whether this process's beat comes back through Redis", delivery.bell.heard)
    yield _histogram("bell_latency_seconds", "From ringing to hearing it, through Redis", vitals.bell)
    yield _gauge("hub_rooms", "Rooms with a listener here", delivery.hub.rooms)
    yield _gauge(
        "hub_rooms_behind", "Rooms that the last sweep, every 1.5 s, found behind PostgreSQL", delivery.hub.behind
    )


def _doors() -> Iterator[Metric]:
    yield _counters("errors", "Refusals over HTTP and sockets", "code", dict(vitals.errors))
    yield _counters("sockets_closed", "Sockets that ended, by close code", "code", _closed())
    yield _histograms("http_request_duration_seconds", "Requests by class of status", "status", vitals.requests)
    yield _histogram("provisioning_duration_seconds", "Making a tenant", vitals.provisioning)


def _closed() -> dict[str, int]:
    """Those that alerts ask for are there from the beginning: a rate needs the 0 before the 1."""
    return {"4408": 0, "4429": 0, **vitals.closed}


def _work(queues: Queues) -> Iterator[Metric]:
    yield _histograms("job_duration_seconds", "Jobs by how they ended", "outcome", vitals.jobs)
    yield _counters(
        "webhooks", "Requests to customers' endpoints", "outcome", {"sent": 0, "failed": 0, **vitals.webhooks}
    )
    yield _gauges(
        "jobs",
        "Jobs in PostgreSQL; waiting are those that could run",
        "state",
        {"waiting": queues.jobs_waiting, "running": queues.jobs_running, "failed": queues.jobs_failed},
    )
    yield _gauge("jobs_oldest_waiting_seconds", "How long the oldest waiting job has waited", queues.oldest_job_seconds)
    yield _gauge("domains_failing", "Domains whose record was not found", queues.domains_failing)
    yield _gauge("billing_events_unhandled", "Stripe's events not handled yet", queues.billing_events_unhandled)
    yield _gauge("billing_meter_events_unsent", "Usage not told to Stripe yet", queues.billing_meter_events_unsent)


def _pools() -> Iterator[Metric]:
    stats = {name: pool.get_stats() for name, pool in pools().items()}

    def of(key: str, scale: float = 1) -> dict[str, float]:
        return {name: found.get(key, 0) * scale for name, found in stats.items()}

    yield _gauges("pool_connections", "Connections to PostgreSQL", "pool", of("pool_size"))
    yield _gauges("pool_available", "Of them, those that nobody uses", "pool", of("pool_available"))
    yield _gauges("pool_waiting", "Requests that wait for a connection now", "pool", of("requests_waiting"))
    yield _counters("pool_requests", "Requests for a connection", "pool", of("requests_num"))
    yield _counters("pool_waits", "Of them, those that had to wait", "pool", of("requests_queued"))
    yield _counters("pool_wait_seconds", "How long they waited", "pool", of("requests_wait_ms", 1 / 1000))
    yield _counters("pool_errors", "Requests that got no connection", "pool", of("requests_errors"))


# Families


def _gauge(name: str, meaning: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(f"parley_{name}", f"{meaning}.", labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    return _filled(GaugeMetricFamily(f"parley_{name}", f"{meaning}.", labels=[label]), values)


def _counters(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    return _filled(CounterMetricFamily(f"parley_{name}", f"{meaning}.", labels=[label]), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for value in sorted(values):
        family.add_metric([value], values[value])
    return family


def _histogram(name: str, meaning: str, histogram: Histogram) -> Metric:
    family = HistogramMetricFamily(f"parley_{name}", f"{meaning}.")
    family.add_metric([], _buckets(histogram), histogram.seconds)
    return family


def _histograms(name: str, meaning: str, label: str, histograms: dict[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(f"parley_{name}", f"{meaning}.", labels=[label])
    for value, histogram in sorted(histograms.copy().items()):
        family.add_metric([value], _buckets(histogram), histogram.seconds)
    return family


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    """Cumulative, as Prometheus wants them."""
    bounds: Iterable[str] = (*map(str, BOUNDS), "+Inf")
    return list(zip(bounds, accumulate(list(histogram.counts)), strict=True))
