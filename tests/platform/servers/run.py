"""Serve the tests' application: ``python -m tests.platform.servers.run SERVER WORKERS LIMITS_AS_JSON``."""

import importlib
import json
import logging
import os
import sys
from ipaddress import ip_network

from servers import listening, workers
from servers.lifespan import StartupFailed
from servers.limits import Limits

server, count, limits = sys.argv[1], int(sys.argv[2]), Limits(**json.loads(sys.argv[3]))
logging.basicConfig(level=logging.INFO)


def main():
    worker = workers.inherited(limits.grace)
    if worker:
        return serve(worker.sockets, worker.ready)
    sockets = listening.bind(["127.0.0.1"], 0)
    port = sockets[0].getsockname()[1]
    print(json.dumps({"bound": port}), flush=True)
    ready = lambda: print(json.dumps({"ready": port}), flush=True)  # noqa: E731
    if count > 1:
        return workers.supervise(
            count,
            sockets,
            grace=limits.grace,
            on_ready=ready,
            command=[sys.executable, "-m", "tests.platform.servers.run", *sys.argv[1:]],
        )
    return serve(sockets, ready)


def serve(sockets, ready):
    module = importlib.import_module(f"servers.{server}")
    if "CERTIFICATE" in os.environ:
        put_tls_below()
    from tests.platform.servers.apps import application

    proxies = [ip_network(each) for each in os.environ.get("PROXIES", "").split()]
    module.serve(application, sockets, limits=limits, proxies=proxies, on_ready=ready)


def put_tls_below():
    """Daphne's connections through TLS, which in production is the proxy's business."""
    from twisted.internet.ssl import PrivateCertificate
    from twisted.protocols.tls import TLSMemoryBIOFactory

    from servers.daphne import server as module

    with open(os.environ["CERTIFICATE"]) as file:
        options = PrivateCertificate.loadPEM(file.read()).options()

    class TLSServer(module.Server):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.http_factory = TLSMemoryBIOFactory(options, False, self.http_factory)

    module.Server = TLSServer


try:
    main()
except (StartupFailed, workers.WorkerFailed) as error:
    sys.exit(f"cannot start: {error}")
