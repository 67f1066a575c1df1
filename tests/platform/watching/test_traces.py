"""Spans, as a collector hears them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kit import traces
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.plugin import ROOT
from tests.support.receiver import Receiver, receiver
from tests.support.server import LiveServer
from tests.support.sockets import person

CANARY = "c4n4ry-said-by-somebody"


def _spans(collector: Receiver) -> dict[str, list[dict[str, str]]]:
    """The attributes of each span that was heard, by name."""
    found: dict[str, list[dict[str, str]]] = {}
    for heard in collector.heard:
        request = ExportTraceServiceRequest.FromString(heard.body)
        for of_resource in request.resource_spans:
            for span in [span for scope in of_resource.scope_spans for span in scope.spans]:
                attributes = {each.key: each.value.string_value for each in span.attributes}
                found.setdefault(span.name, []).append(attributes)
    return found


@asynccontextmanager
async def working(**env: str) -> AsyncIterator[None]:
    """Its end is waited for beside the loop: the last spans are handed in then, to a collector that lives in it."""
    worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env={**os.environ, **env})
    try:
        yield
    finally:
        worker.terminate()
        await asyncio.to_thread(worker.wait, 20)


async def test_requests_commands_batches_statements_and_jobs_are_spans_without_anybodys_words(
    serve: Callable[..., LiveServer], acme: Tenancy
) -> None:
    async with receiver() as collector:
        tracing = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
            "OTEL_TRACES_SAMPLER": "always_on",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        async with working(**tracing):
            server = await asyncio.to_thread(serve, **tracing)
            async with person(server, acme, "ann") as ann:
                await ann.subscribe()
                await ann.send(CANARY)
            token = acme.token("ann")
            asking = Client(server, acme.host, {"Authorization": f"Bearer {token}"})
            found = await asyncio.to_thread(asking.get, f"/api/v1/search?q={CANARY}")
            assert found.status == 200
            await asyncio.to_thread(server.stop)
            async with asyncio.timeout(20):
                while "job" not in _spans(collector):
                    await asyncio.sleep(0.1)
    spans = _spans(collector)
    assert {"http.request", "socket.command", "writer.batch", "sql", "job"} <= spans.keys()
    assert {"command": "room.subscribe"} in spans["socket.command"]
    assert "api/v1/search" in {span.get("http.route") for span in spans["http.request"]}
    assert any("store_messages(%s" in span["statement"] for span in spans["sql"])
    told = b"".join(heard.body for heard in collector.heard)
    assert CANARY.encode() not in told
    assert token.encode() not in told


def test_where_nobody_collects_a_span_is_nothing() -> None:
    with traces.span("socket.command", command="x") as span:
        assert span is None
    assert traces.span("a") is traces.span("b")
