"""What the operators' schema says beside the signatures."""

from __future__ import annotations

from functools import cached_property
from http import HTTPStatus
from itertools import groupby
from typing import Any

from ninja import NinjaAPI
from ninja.operation import Operation

from chat.api.schemas import Problem
from console.permits import OperatorPermit
from kit import errors
from kit.errors import Code

_COMPONENT = "#/components/schemas/"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": f"{_COMPONENT}Problem"}}}
_ANYWHERE = (
    errors.TOKEN_MISSING,
    errors.TOKEN_INVALID,
    errors.TOKEN_EXPIRED,
    errors.NOT_ALLOWED,
    errors.INVALID,
    errors.INTERNAL,
    errors.UNAVAILABLE,
)
_WITH_BODY = (errors.BAD_JSON, errors.TOO_BIG)

PREFIX = "/operators/api/v1/"
DESCRIPTION = """
The tenants of the platform, for operators' programs. JSON in, JSON out; unknown fields in a body are refused.

Call with an operator key as a bearer; ``x-permit`` says which permit of its role a route takes.

Lists are ``{"data": [...], "next": cursor}``: pass ``next`` as ``cursor`` for the page behind, until it is null.

A refusal is a problem (RFC 9457) with a stable ``code``. Every POST can be sent again: what is done already stays as it
is, and a tenant that is there already is refused with ``slug_taken``.
"""
CREDENTIALS = {"operator_key": {"type": "http", "scheme": "bearer", "description": "An operator key, ``op_…``."}}


def route(permit: OperatorPermit, *codes: Code, body: bool = False, secret: bool = False) -> dict[str, Any]:
    """A route's ``openapi_extra``: the permit that it takes and the rows of the error table that it can answer with,
    beside those of every route and of every body. ``secret``: its answer is shown once and stored nowhere."""
    rows = sorted({*codes, *_ANYWHERE, *(_WITH_BODY if body else ())}, key=lambda row: (row.status, row.name))
    answers = {status: _refusal(status, [row.name for row in same]) for status, same in groupby(rows, _status)}
    return {"x-permit": str(permit), "responses": answers, **({"x-secret": True} if secret else {})}


def _refusal(status: int, names: list[str]) -> dict[str, Any]:
    listed = ", ".join(f"`{name}`" for name in names)
    return {"description": f"{HTTPStatus(status).phrase}: {listed}", "content": _PROBLEM, "x-codes": names}


def _status(row: Code) -> int:
    return row.status


class OperatorsAPI(NinjaAPI):
    """Adds what ninja leaves out of the schema."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> Any:
        return self._described

    @cached_property
    def _described(self) -> dict[str, Any]:
        schema: dict[str, Any] = super().get_openapi_schema(path_prefix=PREFIX)
        problem = Problem.model_json_schema(ref_template=_COMPONENT + "{model}")
        schema["components"]["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
        schema["components"]["securitySchemes"] = CREDENTIALS
        return schema
