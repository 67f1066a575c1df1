"""``/metrics`` by prometheus_client's own HTTP server, in a thread: it answers also while the event loop does not."""

from __future__ import annotations

import errno
from threading import Thread
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import CollectorRegistry, start_http_server

log = structlog.get_logger(__name__)
_MOST_PORTS = 64


def serve(address: str, registry: CollectorRegistry) -> tuple[WSGIServer, Thread] | None:
    """Listen on ``address:port``, or, where processes before this one have it, on the next port that is free. With none
    of 64 free the process goes on unwatched, and says so."""
    host, _, first = address.rpartition(":")
    for port in range(int(first), min(int(first) + _MOST_PORTS, 65_536)):
        try:
            served = start_http_server(port, host, registry)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                log.exception("watching.not_served", address=address)
                return None
        else:
            log.info("watching.served", address=f"{host}:{port}")
            return served
    log.error("watching.no_port_free", address=address)
    return None
