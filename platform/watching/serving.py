"""``/metrics`` by prometheus_client's own HTTP server, in a thread: it answers also while the event loop does not."""

from __future__ import annotations

import errno

import structlog
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, start_http_server
from prometheus_client.registry import Collector

log = structlog.get_logger(__name__)
_MOST_PORTS = 64


def serve(address: str, collector: Collector) -> bool:
    """Listen on ``address:port``, or, where processes before this one have it, on the next port that is free. A process
    that cannot goes on unwatched, and says so."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    host, _, first = address.rpartition(":")
    for port in range(int(first), min(int(first) + _MOST_PORTS, 65_536)):
        try:
            start_http_server(port, host, registry)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                log.exception("watching.not_served", address=address)
                return False
        else:
            log.info("watching.served", address=f"{host}:{port}")
            return True
    log.error("watching.no_port_free", address=address)
    return False
