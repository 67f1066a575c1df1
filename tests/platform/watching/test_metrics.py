"""``/metrics`` of real processes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chat.commands.messages import writer
from chat.delivery.process import Delivery
from kit.figures import Figures
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.prometheus import WATCHING
from tests.support.scraping import Scraped, Watched, scraped, watched_processes
from tests.support.sockets import person
from watching.metrics import Metrics
from watching.readings import Queues, Reader, Readings


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, database: None) -> Iterator[Watched]:
    with watched_processes(tmp_path_factory.mktemp("watched")) as watched:
        yield watched


def _together(watched: Watched, name: str, **labels: str) -> float:
    return sum(scraped(port).sum(name, **labels) for port in (watched.port, watched.port + 1))


async def test_each_process_tells_what_went_through_it(watched: Watched, acme: Tenancy) -> None:
    before = {name: _together(watched, name) for name in ("parley_sends_total", "parley_ack_latency_seconds_count")}
    async with person(watched.server, acme, "u1") as ann, person(watched.server, acme, "u2") as bob:
        await ann.subscribe()
        await bob.subscribe()
        for number in range(5):
            await ann.send(f"number {number}")
        for _ in range(5):
            await bob.event("message.created")
        assert (await ann.ask("message.send", room="nowhere", text="x"))["code"] == "room_not_found"
        assert _together(watched, "parley_connections") == 2
        assert _together(watched, "parley_hub_rooms") in (1, 2)
        for _ in range(10):
            await bob.connection.send("no command")
        assert await bob.closed() == 4400
    assert _together(watched, "parley_sends_total") == before["parley_sends_total"] + 5
    assert _together(watched, "parley_ack_latency_seconds_count") == before["parley_ack_latency_seconds_count"] + 6
    assert _together(watched, "parley_deliveries_total") >= 10
    assert _together(watched, "parley_sockets_closed_total", code="4400") == 1
    assert _together(watched, "parley_errors_total", code="room_not_found") == 1
    assert _together(watched, "parley_http_request_duration_seconds_count", status="2xx") >= 1
    assert _together(watched, "parley_redis_up") == _together(watched, "parley_postgres_up") == 2
    assert _together(watched, "parley_pool_requests_total", pool="raw") > 0
    found = await asyncio.to_thread(Client(watched.server, acme.host).get, "/metrics")
    assert found.status == 404


def test_the_worker_tells_of_jobs_and_of_nothing_that_servers_do(watched: Watched) -> None:
    def has_worked(worker: Scraped) -> bool:
        return worker.sum("parley_job_duration_seconds_count", outcome="done") > 0

    worker = scraped(watched.port + 2, has_worked)
    assert worker.sum("parley_process_info", kind="worker") == 1
    assert {"parley_jobs", "parley_jobs_oldest_waiting_seconds", "parley_webhooks"} <= worker.families.keys()
    assert "parley_connections" not in worker.families


async def test_what_alerts_and_dashboard_ask_for_is_told_with_its_meaning_and_its_unit() -> None:
    reader = Reader(Figures(), queues=True)
    reader.last = Readings(queues=Queues(0, 0, 0, 0.0, 0, 0, 0), certificate_expires_at=datetime.now(UTC))
    families = list(Metrics("server", Figures(), reader, Delivery(None, None, None), writer()).collect())  # type: ignore[arg-type]
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}
    told = {family.name + ending for family in families for ending in endings[family.type]}
    texts = [(WATCHING / name).read_text() for name in ("alerts.yml", "dashboard.json")]
    asked = {name for text in texts for name in re.findall(r"\bparley_\w+", text)}
    assert asked <= told
    for family in families:
        assert family.documentation.endswith(".")
        assert family.type != "histogram" or family.name.endswith("_seconds")
