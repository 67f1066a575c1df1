"""Who calls the operators' API, and whether the route is open to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import unwrap
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.operation import Operation

from console.operator_keys import PREFIX, check_operator_key, permits_of_key
from kit.errors import NOT_ALLOWED, TOKEN_INVALID, TOKEN_MISSING, ParleyError
from tenants.models import OperatorKey

Run = Callable[..., HttpResponseBase]


class OperatorRequest(HttpRequest):
    """A request as the routes see it."""

    auth: OperatorKey


def admitted(request: HttpRequest) -> OperatorKey:
    """The key, once its permits cover the route; a route that names no permit is open to none.

    Raises ParleyError ``token_missing``, ``token_invalid``, ``token_expired``, ``not_allowed``.
    """
    header = request.headers.get("Authorization")
    if header is None:
        raise ParleyError(TOKEN_MISSING, "Send an operator key as a bearer.")
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "bearer" or not credential.strip().startswith(PREFIX):
        raise ParleyError(TOKEN_INVALID, "Authorization must be: Bearer <operator key>.")
    key = check_operator_key(credential.strip())
    needed: str | None = getattr(request, "permit_needed", None)
    if needed is None or needed not in permits_of_key(key):
        raise ParleyError(NOT_ALLOWED, f"This takes the permit {needed}.")
    request.api_key = key  # type: ignore[attr-defined]  # for the audit log
    return key


def with_permit(run: Run) -> Run:
    """Wrap a route (a ninja operation's ``run``): the request carries the permit that it needs to the door."""
    operation: Operation = unwrap(run).__self__
    needed = (operation.openapi_extra or {}).get("x-permit")

    @wraps(run)
    def answer(request: HttpRequest, **parameters: Any) -> HttpResponseBase:
        request.permit_needed = needed  # type: ignore[attr-defined]
        response = run(request, **parameters)
        if (operation.openapi_extra or {}).get("x-secret"):
            response["Cache-Control"] = "no-store"
        return response

    return answer
