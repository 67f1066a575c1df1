"""Spans, as a collector hears them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.cast import Tenancy
from tests.support.plugin import ROOT
from tests.support.public import execute
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
