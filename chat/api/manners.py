"""What every route does beside its own work: ETags and preconditions, answers that are kept, and telling the pace."""

from __future__ import annotations

from copy import copy
from functools import wraps
from inspect import isclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Schema
from ninja.operation import Operation

from chat.api.door import standing_of
from chat.api.etags import refused_by_precondition, tagged
from chat.api.idempotency import answered_once
from chat.api.schemas import Page
from chat.api.scopes import Run
from kit.errors import PRECONDITION_FAILED
from tenants.problems import problem, tell_pace

_readers: dict[str, Run] = {}
"""The GET of each path that names a single resource."""


def with_manners(run: Run) -> Run:
    """Wrap a route (a ninja operation's ``run``), around its authentication."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    if _is_single(operation):
        _readers[operation.path] = run

    @wraps(run)
    async def answer(request: HttpRequest, **parameters: Any) -> HttpResponseBase:
        response = await _answer(operation, run, request, parameters)
        standing = standing_of(request)
        if standing and "RateLimit-Limit" not in response:
            tell_pace(response, *standing)
        return response

    return answer


async def _answer(operation: Operation, run: Run, request: HttpRequest, parameters: dict[str, Any]) -> HttpResponseBase:
    if _is_single(operation):
        return tagged(request, await run(request, **parameters))
    if "If-Match" in request.headers and request.method != "GET":
        refusal = await _refused(operation, request, parameters)
        if refusal is not None:
            return refusal
    return await answered_once(request, lambda: _run(operation, run, request, parameters))


async def _run(operation: Operation, run: Run, request: HttpRequest, parameters: dict[str, Any]) -> HttpResponseBase:
    response = await run(request, **parameters)
    if operation.openapi_extra and operation.openapi_extra.get("x-secret"):
        response["Cache-Control"] = "no-store"
    return response


async def _refused(operation: Operation, request: HttpRequest, parameters: dict[str, Any]) -> HttpResponseBase | None:
    """Judge ``If-Match`` by what the caller would read now. What cannot be read has no tag that could match."""
    reader = _readers.get(operation.path)
    if reader is None:
        return problem(PRECONDITION_FAILED)
    reading = copy(request)
    reading.method = "GET"
    return refused_by_precondition(request, await reader(reading, **parameters))


def _is_single(operation: Operation) -> bool:
    """Whether it reads one thing, not a page of many."""
    fields: Any = getattr(operation.response_models.get(200), "model_fields", None)
    answer = fields["response"].annotation if fields else None
    one = isclass(answer) and issubclass(answer, Schema) and not issubclass(answer, Page)
    return operation.methods == ["GET"] and one
