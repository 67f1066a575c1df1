"""What each line of a log tells, and none."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from config.logs import logging_settings
from tests.support.cast import Tenancy
from tests.support.http import as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change

PATHS = ["files/s3cret.x", "guest/gl_1.s3cret", "hooks/in_1/s3cret", "invitation/a_1/s3cret-x"]


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_a_credential_is_cut_short(log_format: str, path: str) -> None:
    written = _written(log_format, f"Forbidden (CSRF token missing.): /{path}")
    assert "s3cret" not in written
    assert f"/{path.rpartition('/')[0]}/" in written


def test_no_words_make_a_line_of_their_own() -> None:
    """What programs read is JSON: ends of lines and escapes of terminals are spelt out there."""
    written = _written("json", 'x\r\n{"event": "forged"}\x1b[2J\u2028\x85')
    assert written.isprintable()
    assert json.loads(written)["event"].startswith("x\r\n")


def _written(log_format: str, message: str) -> str:
    line: dict[str, Any] = logging_settings(log_format)["formatters"]["line"]
    formatter: logging.Formatter = line.pop("()")(**line)
    record = {"name": "django.security.csrf", "levelname": "WARNING", "msg": message}
    return formatter.format(logging.makeLogRecord(record))


CANARY = "c4n4ry-said-by-somebody"


async def test_lines_say_whose_they_are_and_nothing_of_what_was_said(
    serve: Callable[..., LiveServer], acme: Tenancy
) -> None:
    """PostgreSQL quotes the whole row that it refuses."""
    server = serve()
    change(acme, f"ALTER TABLE chat_message ADD CONSTRAINT none CHECK (text <> '{CANARY}')")
    change(acme, "ALTER TABLE chat_reaction RENAME TO lost")
    async with person(server, acme, "ann") as ann:
        assert (await ann.send(CANARY))["code"] == "internal"
        sent = await ann.send("fine")
        reacted = await ann.ask("reaction.add", room="general", id=sent["id"], emoji="👍")
        assert reacted["code"] == "internal"
        connection = ann.hello["connection"]
    asking = as_user(server, acme, "ann")
    path = f"/api/v1/rooms/general/messages/{sent['id']}/reactions/%F0%9F%91%8D"
    refused = await asyncio.to_thread(asking.put, path)
    assert refused.status == 500
    lines = {line["event"]: line for line in map(json.loads, _json_lines(server.log()))}
    assert lines["writer.commit_failed"]["schema"] == acme.schema_name
    whose = {"tenant": acme.slug, "user": "ann"}
    assert {**whose, "connection": connection}.items() <= lines["socket.command_failed"].items()
    assert {**whose, "request_id": refused.headers["X-Request-Id"]}.items() <= lines["api.failed"].items()
    assert "23514" in lines["writer.commit_failed"]["exception"]
    assert CANARY not in server.log()
    assert asking.headers["Authorization"].split()[1] not in server.log()


def _json_lines(log: str) -> list[str]:
    return [line for line in log.splitlines() if line.startswith("{")]
