"""What no line of a log tells."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from config.logs import logging_settings

PATHS = ["files/s3cret.x", "guest/gl_1.s3cret", "hooks/in_1/s3cret", "invitation/a_1/s3cret-x"]


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_a_credential_is_cut_short(log_format: str, path: str) -> None:
    written = _written(log_format, f"Forbidden (CSRF token missing.): /{path}")
    assert "s3cret" not in written
    assert f"/{path.rpartition('/')[0]}/" in written


def _written(log_format: str, message: str) -> str:
    line: dict[str, Any] = logging_settings(log_format)["formatters"]["line"]
    formatter: logging.Formatter = line.pop("()")(**line)
    record = {"name": "django.security.csrf", "levelname": "WARNING", "msg": message}
    return formatter.format(logging.makeLogRecord(record))
