"""``/metrics`` of real processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.support.cast import Tenancy
from tests.support.plugin import ROOT
from tests.support.scraping import Scraped, free_ports, scraped
from tests.support.server import LiveServer
from tests.support.sockets import person

PORT = free_ports(4)
ADDRESS = f"127.0.0.1:{PORT}"
UNITS = re.compile(r"parley_\w+")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, database: None) -> Iterator[LiveServer]:
    """Two web workers and, after them, a worker for jobs."""
    log = tmp_path_factory.mktemp("watched") / "serve.log"
    server = LiveServer(log, "--workers", "2", METRICS_ADDRESS=ADDRESS).start()
    environment = {**os.environ, "METRICS_ADDRESS": ADDRESS}
    worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment)
    yield server
    worker.terminate()
    worker.wait(20)
    server.kill()


def _together(name: str, **labels: str) -> float:
    return sum(scraped(port).sum(name, **labels) for port in (PORT, PORT + 1))


async def test_each_process_tells_what_went_through_it(watched: LiveServer, acme: Tenancy) -> None:
    before = {name: _together(name) for name in ("parley_sends_total", "parley_ack_latency_seconds_count")}
    async with person(watched, acme, "u1") as ann, person(watched, acme, "u2") as bob:
        await ann.subscribe()
        await bob.subscribe()
        for number in range(5):
            await ann.send(f"number {number}")
        for _ in range(5):
            await bob.event("message.created")
        assert (await ann.ask("message.send", room="nowhere", text="x"))["code"] == "room_not_found"
        assert _together("parley_connections") == 2
        assert _together("parley_hub_rooms") in (1, 2)
    assert _together("parley_sends_total") == before["parley_sends_total"] + 5
    assert _together("parley_ack_latency_seconds_count") == before["parley_ack_latency_seconds_count"] + 6
    assert _together("parley_deliveries_total") >= 10
    assert _together("parley_errors_total", code="room_not_found") == 1
    assert _together("parley_http_request_duration_seconds_count", status="2xx") >= 1
    assert _together("parley_redis_up") == _together("parley_postgres_up") == 2
    assert _together("parley_pool_requests_total", pool="raw") > 0
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{watched.port}/metrics")


def test_the_worker_tells_of_jobs_and_of_nothing_that_servers_do(watched: LiveServer) -> None:
    def has_worked(worker: Scraped) -> bool:
        return worker.sum("parley_job_duration_seconds_count", outcome="done") > 0

    worker = scraped(PORT + 2, has_worked)
    assert worker.sum("parley_process_info", kind="worker") == 1
    assert {"parley_jobs", "parley_jobs_oldest_waiting_seconds", "parley_webhooks"} <= worker.families.keys()
    assert "parley_connections" not in worker.families


def test_every_family_says_what_it_means_and_its_unit(watched: LiveServer) -> None:
    found = {**scraped(PORT).families, **scraped(PORT + 2).families}
    for name, family in found.items():
        assert family.documentation
        if name.startswith("parley_") and family.type == "histogram":
            assert name.endswith("_seconds")


def test_a_tenant_named_at_no_address_is_not_served(serve: Callable[..., LiveServer]) -> None:
    """Without METRICS_ADDRESS nothing listens."""
    server = serve(METRICS_ADDRESS="")
    assert "watching.served" not in server.log()
