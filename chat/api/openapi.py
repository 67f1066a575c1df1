"""What the schema says beside the signatures: credentials, refusals, and the manners that every route has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from http import HTTPStatus
from itertools import groupby
from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.operation import Operation

from chat.api.schemas import Problem
from kit.errors import (
    BAD_JSON,
    BUSY,
    CSRF_FAILED,
    IDEMPOTENCY_BUSY,
    IDEMPOTENCY_MISMATCH,
    INTERNAL,
    INVALID,
    MAINTENANCE,
    NOT_ALLOWED,
    NOT_FOUND,
    PLAN_LIMIT_REACHED,
    PRECONDITION_FAILED,
    RATE_LIMITED,
    SCOPE_MISSING,
    TABLE,
    TENANT_SUSPENDED,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_MISSING,
    TOO_BIG,
    UNAVAILABLE,
    Code,
)

Schema = dict[str, Any]

_COMPONENT = "#/components/schemas/"

PREFIX = "/api/v1/"
DESCRIPTION = """
Rooms, messages and people of one tenant. JSON in, JSON out; fields in a body that are not known are refused.

With an API key you call as the tenant's server, which may do everything; with a user token as that user.

Lists are ``{"data": [...], "next": cursor}``: pass ``next`` as ``cursor`` for the page behind, until it is null.

A refusal is a problem (RFC 9457) with a stable ``code``; its ``type`` leads to the page of codes.

Every POST may carry an ``Idempotency-Key``, except those that show a secret: sent again within 24 hours, it is answered
as it was the first time, and nothing is done twice.

What stands alone carries an ``ETag``, good for ``If-None-Match`` and, where it can be changed, for ``If-Match``.

``RateLimit-Policy`` names the limit that a call counts against; beyond it calls are refused with 429 and
``Retry-After``. ``X-Request-Id`` names the call in our logs.
"""

_ANYWHERE = (
    TOKEN_MISSING,
    TOKEN_INVALID,
    TOKEN_EXPIRED,
    NOT_ALLOWED,
    SCOPE_MISSING,
    TENANT_SUSPENDED,
    INVALID,
    RATE_LIMITED,
    INTERNAL,
    UNAVAILABLE,
)
_WITH_BODY = (BAD_JSON, TOO_BIG, CSRF_FAILED, BUSY, MAINTENANCE, PLAN_LIMIT_REACHED)
_PROBLEM = {"application/problem+json": {"schema": {"$ref": f"{_COMPONENT}Problem"}}}

CREDENTIALS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a user token (JWT)."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "A signed-in account.",
    },
}

_HEADERS: dict[str, tuple[str, Schema]] = {
    "X-Request-Id": ("Names the request in our logs; yours, if you sent one.", {"type": "string"}),
    "RateLimit-Limit": ("Calls that may come at once.", {"type": "integer"}),
    "RateLimit-Remaining": ("Calls that are left now.", {"type": "integer"}),
    "RateLimit-Reset": ("Seconds until all of them are there again.", {"type": "integer"}),
    "RateLimit-Policy": ("The limit, its window in seconds, and the name of what is counted.", {"type": "string"}),
    "Retry-After": ("Seconds after which to try again.", {"type": "integer"}),
    "ETag": ("Tells this state of the resource from any other.", {"type": "string"}),
    "Idempotent-Replayed": ("There when this is the answer to an earlier request of this key.", {"const": "true"}),
}
_PACE = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")

_PARAMETERS: dict[str, tuple[str, Schema]] = {
    "Idempotency-Key": (
        "A request that comes again with the same key within 24 hours gets the same answer, and nothing is done twice.",
        {"type": "string", "pattern": "^[!-~]{1,255}$"},
    ),
    "If-None-Match": ("An ETag: 304 while the resource is still the same.", {"type": "string"}),
    "If-Match": ("An ETag: 412 once the resource is no longer the same.", {"type": "string"}),
}


def refusals(*codes: Code, body: bool = False, secret: bool = False) -> dict[str, Any]:
    """A route's ``openapi_extra``: the rows of the error table that it can answer with, by status. Those that every
    route has, and with ``body`` those of every body, are added. ``secret``: its answer is shown once and stored
    nowhere, neither for an ``Idempotency-Key`` nor by a cache."""
    answers = _refusals({*codes, *_ANYWHERE, *(_WITH_BODY if body else ())})
    return {"responses": answers, **({"x-secret": True} if secret else {})}


def _refusals(codes: set[Code]) -> dict[int, Schema]:
    rows = sorted(codes, key=lambda row: (row.status, row.name))
    return {
        status: {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{name}`' for name in names)}",
            "content": _PROBLEM,
            "x-codes": names,
        }
        for status, names in ((status, [row.name for row in same]) for status, same in groupby(rows, _status))
    }


def _status(row: Code) -> int:
    return row.status


class DocumentedAPI(NinjaAPI):
    """Adds what ninja leaves out of the schema."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> Any:
        return self._described

    @cached_property
    def _described(self) -> Schema:
        schema: Schema = super().get_openapi_schema(path_prefix=PREFIX)
        problem = Problem.model_json_schema(ref_template=_COMPONENT + "{model}")
        schema["components"]["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
        schema["components"]["securitySchemes"] = CREDENTIALS
        schema["components"]["headers"] = {
            name: {"description": description, "schema": kind} for name, (description, kind) in _HEADERS.items()
        }
        schema["components"]["parameters"] = {
            name: {"in": "header", "name": name, "description": description, "required": False, "schema": kind}
            for name, (description, kind) in _PARAMETERS.items()
        }
        _name_pages(schema)
        for path, methods in schema["paths"].items():
            single = "get" in methods and is_single(schema, methods["get"])
            for method, operation in methods.items():
                _complete(operation, method, path, single=single)
                _name_form(schema, operation)
        return schema


def operations(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Path, method and description of every route."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def is_single(schema: Schema, operation: Schema) -> bool:
    """Whether the answer is one thing, not a page of many."""
    name = _answer_name(operation)
    return bool(name) and not name.endswith("Page")


def _answer_name(operation: Schema) -> str:
    return str(_answer(operation).get("$ref", "").rpartition("/")[2])


def _answer(operation: Schema) -> Schema:
    found: Schema = operation["responses"].get(200, {}).get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _name_pages(schema: Schema) -> None:
    """Pages under their titles: ``RoomPage``, where pydantic says ``Page_RoomOut_``."""
    schemas = schema["components"]["schemas"]
    titles = {name: each["title"] for name, each in schemas.items() if name.startswith("Page_")}
    for _, _, operation in operations(schema):
        name = _answer_name(operation)
        if name in titles:
            _answer(operation)["$ref"] = _COMPONENT + titles[name]
    schema["components"]["schemas"] = {titles.get(name, name): each for name, each in schemas.items()}


def _name_form(schema: Schema, operation: Schema) -> None:
    """Give a form a name of its own, as JSON bodies have: generators make one up otherwise."""
    form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    if form:
        name = operation["operationId"].title().replace("_", "") + "In"
        schema["components"]["schemas"][name] = {**form["schema"], "title": name}
        form["schema"] = {"$ref": f"{_COMPONENT}{name}"}


def _complete(operation: Schema, method: str, path: str, *, single: bool) -> None:
    """Say of a route what ``chat.api.manners`` and ``chat.api.door`` do for it."""
    operation["summary"] = operation["summary"].capitalize()
    parameters, codes = _manners(method, single=single, secret=operation.get("x-secret", False))
    operation["parameters"] += [{"$ref": f"#/components/parameters/{name}"} for name in parameters]
    if "{" in path:
        codes.add(NOT_FOUND)
    _add_refusals(operation["responses"], codes)
    if "If-None-Match" in parameters:
        operation["responses"][304] = {"description": "Not Modified"}
    for status, response in operation["responses"].items():
        names = _headers(method, status, single=single)
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _manners(method: str, *, single: bool, secret: bool) -> tuple[list[str], set[Code]]:
    if method == "post" and not secret:
        return ["Idempotency-Key"], {IDEMPOTENCY_BUSY, IDEMPOTENCY_MISMATCH}
    if method == "get":
        return (["If-None-Match"] if single else []), set()
    return (["If-Match"], {PRECONDITION_FAILED}) if single else ([], set())


def _add_refusals(responses: dict[int, Schema], codes: set[Code]) -> None:
    known = {TABLE[name] for response in responses.values() for name in response.get("x-codes", ())}
    responses.update(_refusals(known | codes))


def _headers(method: str, status: int, *, single: bool) -> list[str]:
    names = ["X-Request-Id"]
    if status < 500:
        names += _PACE
    if status in (429, 503):
        names.append("Retry-After")
    if single and method == "get" and status in (200, 304):
        names.append("ETag")
    if method == "post" and status < 300:
        names.append("Idempotent-Replayed")
    return names
