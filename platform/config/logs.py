"""Logs: one line an event, as JSON or for reading. No message text, no token, no query string is ever logged."""

from __future__ import annotations

import logging.config
import re
from collections.abc import Iterator
from traceback import format_tb
from typing import Any

import psycopg
import structlog
from structlog.typing import ExcInfo

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


_LINK = re.compile(
    r"/(files|guest|support|operators/invitation|sign-up|account/(?:reset|arrive|address)|(?:hooks|invitation)/[^\s/]+)/[^\s/?\"']+"
)


def logging_settings(log_format: str) -> dict[str, Any]:
    """Python's logging configuration, with structlog's formatter for ours and other libraries' lines alike."""
    renderer = structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.ExceptionRenderer(_told),
                    renderer,
                    _without_links,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # These write request lines with query strings, where a token may stand.
            "daphne": {"level": "WARNING"},
            "uvicorn.access": {"level": "CRITICAL"},
            "django.request": {"level": "ERROR"},
            "django.channels.server": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "stripe": {"level": "WARNING"},
        },
    }


def _told(exc_info: ExcInfo) -> str:
    """A traceback in which errors that quote what they were given, a row or a field, say their type alone."""
    return "\n\nwhich led to:\n\n".join(reversed(list(_chain(exc_info[1]))))


def _chain(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"Traceback:\n{''.join(format_tb(error.__traceback__))}{_name(error)}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _name(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, psycopg.Error):
        return f"{name} ({error.sqlstate})"
    if isinstance(error, ValueError) or isinstance(error.__cause__, psycopg.Error):
        return name
    return f"{name}: {error}"


def _without_links(logger: object, method: str, line: str) -> str:
    """A link to a file, to post by, for guests or for who was invited is a secret, and stands in the path, which Django
    logs with failures."""
    return _LINK.sub(r"/\1/…", line)


def configure(settings: dict[str, Any]) -> None:
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
