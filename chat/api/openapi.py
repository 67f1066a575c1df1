"""What the schema says beside the signatures: credentials, and which refusals a route can answer with."""

from __future__ import annotations

from http import HTTPStatus
from itertools import groupby
from typing import Any

from ninja import NinjaAPI

from chat.api.schemas import ProblemOut
from kit.errors import (
    BAD_JSON,
    BUSY,
    CSRF_FAILED,
    INTERNAL,
    INVALID,
    NOT_ALLOWED,
    TENANT_SUSPENDED,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_MISSING,
    TOO_BIG,
    UNAVAILABLE,
    Code,
)

_ANYWHERE = (TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, NOT_ALLOWED, TENANT_SUSPENDED, INVALID, INTERNAL, UNAVAILABLE)
_WITH_BODY = (BAD_JSON, TOO_BIG, CSRF_FAILED, BUSY)
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}

CREDENTIALS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a user token (JWT)."},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A signed-in account."},
}


class DocumentedAPI(NinjaAPI):
    """Adds what ninja leaves out of the schema."""

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"]["ProblemOut"] = ProblemOut.model_json_schema()
        schema["components"]["securitySchemes"] = CREDENTIALS
        return schema


def refusals(*codes: Code, body: bool = False) -> dict[str, Any]:
    """A route's ``openapi_extra``: the rows of the error table that it can answer with, by status. Those that every
    route has, and with ``body`` those of every body, are added."""
    rows = sorted({*codes, *_ANYWHERE, *(_WITH_BODY if body else ())}, key=lambda row: (row.status, row.name))
    return {
        "responses": {
            status: {
                "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{row.name}`' for row in same)}",
                "content": _PROBLEM,
            }
            for status, same in groupby(rows, key=lambda row: row.status)
        }
    }
