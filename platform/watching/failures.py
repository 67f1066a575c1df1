"""Sentry: each line that is logged as an error, with what was raised and where, and nothing that anybody said.

None of the SDK's integrations runs, for each of them gathers requests, headers, statements or local variables. An event
is made anew from the fields named here, so what a later version adds stays at home as well.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from structlog.contextvars import get_contextvars

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport
    from sentry_sdk.types import Event, Hint

_OWN_FIELDS = ("event_id", "timestamp", "platform", "level", "logger", "message", "release", "environment", "tags")
_FRAME_FIELDS = ("filename", "module", "function", "lineno", "in_app")
_TAGS = ("tenant", "request_id", "connection", "job", "task")


def start(kind: str, transport: type[Transport] | None = None) -> None:
    """Does nothing without SENTRY_DSN. ``transport`` takes the events instead of the network."""
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.VERSION,
        environment=kind,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        send_client_reports=False,
        auto_session_tracking=False,
        before_send=scrubbed,
        transport=transport,
    )
    logging.getLogger().addHandler(Reporter(level=logging.ERROR))


class Reporter(logging.Handler):
    """Makes an event of a line. Ours are structlog's, which keeps what was raised among the line's fields."""

    def emit(self, record: logging.LogRecord) -> None:
        import sentry_sdk
        from sentry_sdk.utils import event_from_exception

        if record.name.startswith("sentry_sdk"):
            return
        said: Mapping[str, Any] = record.msg if isinstance(record.msg, dict) else {}
        raised = _raised(said.get("exc_info") or record.exc_info)
        event: Event = event_from_exception(raised)[0] if raised else {}
        event |= {
            "level": "error",
            "logger": record.name,
            "message": str(said.get("event", "")),
            "tags": {name: str(value) for name, value in get_contextvars().items() if name in _TAGS},
        }
        sentry_sdk.capture_event(event)


def _raised(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def scrubbed(event: Event, hint: Hint) -> Event:
    """Only what is known to be free of people's words and secrets: of an exception its type and where it was raised,
    for what it says may quote a row or a token."""
    kept: dict[str, Any] = {name: event[name] for name in _OWN_FIELDS if name in event}  # type: ignore[literal-required]
    raised = event.get("exception", {}).get("values", [])
    if raised:
        kept["exception"] = {"values": [_without_words(each) for each in raised]}
    return kept  # type: ignore[return-value]


def _without_words(raised: Mapping[str, Any]) -> dict[str, Any]:
    frames = (raised.get("stacktrace") or {}).get("frames", [])
    shown = [{name: frame[name] for name in _FRAME_FIELDS if name in frame} for frame in frames]
    return {"type": raised.get("type"), "module": raised.get("module"), "stacktrace": {"frames": shown}}
