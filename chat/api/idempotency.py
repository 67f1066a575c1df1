"""``Idempotency-Key`` on every POST (draft-ietf-httpapi-idempotency-key-header-07): the same request once more is
answered as it was the first time, for 24 hours and to the same caller.

Not kept: failures of ours (5xx), refusals of a pace (429), and answers that may not be stored (``no-store``), as those
with secrets in them are.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from chat.commands.answers import Answer, Claim, claim, keep, release
from kit.errors import INVALID, ParleyError

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')
_MOST_BYTES = 1 << 20

_under_way: set[asyncio.Task[HttpResponseBase]] = set()


class AnsweredBefore(Exception):
    """The request came before; ``answer`` is what it was told."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


async def claim_key(request: HttpRequest, caller: str) -> None:
    """Claim the request's key for its ``caller``, if it is a POST with one.

    Raises AnsweredBefore; ParleyError ``invalid``, ``idempotency_mismatch``, ``idempotency_busy``.
    """
    given = request.headers.get(HEADER)
    if given is None or request.method != "POST":
        return
    key = _KEY.fullmatch(given)
    if key is None:
        raise ParleyError(
            INVALID,
            f"{HEADER} is 1 to 255 visible ASCII characters.",
            errors=[{"field": HEADER, "code": "invalid"}],
        )
    found = await claim(caller, key[1], _fingerprint(request))
    if isinstance(found, Answer):
        raise AnsweredBefore(found)
    request.claim = found  # type: ignore[attr-defined]


def _fingerprint(request: HttpRequest) -> str:
    """Method, path and body. A form's boundary differs each time, and a file may be large: of those the body is left
    out."""
    form = request.content_type == "multipart/form-data"
    parts = (str(request.method).encode(), request.get_full_path().encode(), b"" if form else request.body)
    return hashlib.sha256(b"\x00".join(parts)).hexdigest()


def replayed(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    response[REPLAYED] = "true"
    return response


async def answered_once(request: HttpRequest, answer: Callable[[], Awaitable[HttpResponseBase]]) -> HttpResponseBase:
    """Let ``answer`` run to its end and keep what it says. A client that hangs up meanwhile, as one that repeats its
    request does, does not stop it."""
    if request.method != "POST" or HEADER not in request.headers:
        return await answer()
    task = asyncio.create_task(_answered(request, answer))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return await asyncio.shield(task)


async def _answered(request: HttpRequest, answer: Callable[[], Awaitable[HttpResponseBase]]) -> HttpResponseBase:
    response = await answer()
    claimed: Claim | None = getattr(request, "claim", None)
    if claimed is None:
        return response
    try:
        await _settle(claimed, response)
    except (OperationalError, PoolTimeout) as error:  # the work is done, and its answer is better than none
        log.warning("api.answer_not_kept", error=type(error).__name__)
    return response


async def _settle(claimed: Claim, response: HttpResponseBase) -> None:
    if isinstance(response, HttpResponse) and _may_be_kept(response):
        await keep(claimed, Answer(response.status_code, response.get("Content-Type", ""), response.content))
    else:
        await release(claimed)


def _may_be_kept(response: HttpResponse) -> bool:
    passing = response.status_code >= 500 or response.status_code == 429
    secret = "no-store" in response.get("Cache-Control", "")
    return not passing and not secret and len(response.content) <= _MOST_BYTES
