"""OpenTelemetry: spans for requests, commands, jobs, the writer's batches and statements, sent over OTLP by HTTP.

The SDK is loaded only where OTEL_EXPORTER_OTLP_ENDPOINT names a collector; it reads the other OTEL_* variables itself
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created

from kit import traces
from tenants.connections import trace_statements

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_SHARE = 0.1  # of what begins here is traced, unless OTEL_TRACES_SAMPLER says otherwise
_provider: TracerProvider | None = None


def start(kind: str) -> None:
    """Does nothing where no collector is named."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    global _provider
    _provider = _new_provider(kind)
    tracer = _provider.get_tracer("parley")

    @contextmanager
    def collect(name: str, attributes: traces.Attributes) -> Iterator[traces.Span]:
        """What an error says may be somebody's words: of it the span has its type."""
        with tracer.start_as_current_span(
            name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    traces.collect_with(collect)
    trace_statements()
    connection_created.connect(_trace_orm)
    for connection in connections.all(initialized_only=True):
        _trace_orm(connection=connection)


def stop() -> None:
    """Send what is left."""
    traces.collect_with(None)
    connection_created.disconnect(_trace_orm)
    if _provider is not None:
        _provider.shutdown()


def _new_provider(kind: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    about = {"service.name": f"parley-{kind}", "service.version": settings.VERSION}
    sampler = None if "OTEL_TRACES_SAMPLER" in os.environ else ParentBased(TraceIdRatioBased(_SHARE))
    provider = TracerProvider(sampler=sampler, resource=Resource.create(about), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _trace_orm(connection: Any, **_: object) -> None:
    if _traced not in connection.execute_wrappers:
        connection.execute_wrappers.append(_traced)


def _traced(execute: Callable[..., Any], statement: str, parameters: Any, many: bool, context: Any) -> Any:
    with traces.span("sql", statement=statement):
        return execute(statement, parameters, many, context)
