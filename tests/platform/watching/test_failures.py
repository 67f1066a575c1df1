"""What Sentry is told."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from structlog.contextvars import bound_contextvars

from watching import failures

CANARY = "c4n4ry-said-by-somebody"
_sent: list[Envelope] = []


class Kept(Transport):
    """Keeps what would have been sent."""

    def capture_envelope(self, envelope: Envelope) -> None:
        _sent.append(envelope)


@pytest.fixture
def sent(settings: Any) -> Iterator[list[Envelope]]:
    settings.SENTRY_DSN = "https://key@sentry.test/1"
    failures.start("server", Kept)
    yield _sent
    root = logging.getLogger()
    [reporter] = [handler for handler in root.handlers if isinstance(handler, failures.Reporter)]
    root.removeHandler(reporter)
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    _sent.clear()


def _fail(text: str) -> None:
    token = f"bearer {text}"
    raise ValueError(f"DETAIL: Key (text)=({token})")


def test_an_event_tells_what_was_raised_where_and_whose_and_nothing_that_was_said(sent: list[Envelope]) -> None:
    log = structlog.get_logger("chat.tests")
    with bound_contextvars(tenant="acme", request_id="req_1", secret=CANARY):
        try:
            _fail(CANARY)
        except ValueError:
            log.exception("api.failed", path=f"/files/{CANARY}", text=CANARY)
        logging.getLogger("django.request").error("Internal Server Error: /guest/%s", CANARY)
    first, second = [item.payload.json for envelope in sent for item in envelope.items]
    assert CANARY not in json.dumps([first, second])
    assert (first["message"], first["tags"]) == ("api.failed", {"tenant": "acme", "request_id": "req_1"})
    [raised] = first["exception"]["values"]
    assert raised["type"] == "ValueError"
    assert raised["stacktrace"]["frames"][-1]["function"] == "_fail"
    assert second["logger"] == "django.request"


def test_what_the_sdk_may_add_one_day_stays_at_home() -> None:
    event: Any = {"message": "x", "request": {"data": CANARY}, "extra": CANARY, "breadcrumbs": CANARY, "user": CANARY}
    assert failures.scrubbed(event, {}) == {"message": "x"}
