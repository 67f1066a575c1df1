"""The walk that a customer's backend takes, once in each language: running it, and what it reports."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tenants.tokens import verify
from tests.support.cast import Tenancy
from tests.support.server import LiveServer

HERE = Path(__file__).parent


def run(command: list[str], folder: Path, *tools: Path) -> subprocess.CompletedProcess[str]:
    """With ``tools``, folders of programs, before all others."""
    path = os.pathsep.join([*map(str, tools), os.environ["PATH"]])
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=100
    )


def check_walk(command: list[str], folder: Path, server: LiveServer, tenant: Tenancy) -> None:
    """Take the walk on this tenant's host, which ``command`` finds on this machine: it goes the whole way."""
    walked = run([*command, f"http://{tenant.host}:{server.port}", tenant.api_key], folder)
    assert walked.returncode == 0, walked.stdout + walked.stderr
    report: dict[str, Any] = json.loads(walked.stdout)
    assert verify(report.pop("token"), tenant.record).user_id == "ann"
    assert report == {
        "room": {"name": "Order 1002", "kind": "private", "members": 2},
        "joined": ["ann", "bob"],
        "history": ["one", "two", "three", "four", "Has it been sent?"],
        "reactions": [{"emoji": "👍", "count": 1, "users": ["bob"]}],
        "attachments": [{"name": "order.txt", "type": "text/plain", "size": 10}],
        "unread": 5,
        "refusals": [
            {"status": 404, "code": "room_not_found", "fields": []},
            {"status": 422, "code": "invalid", "fields": ["name"]},
        ],
    }


def with_mistakes(program: str, mistakes: dict[str, tuple[str, str]]) -> str:
    """``mistakes``: what is wrong, by the complaint about it: right and wrong words."""
    for right, wrong in mistakes.values():
        assert program.count(right) == 1, right
        program = program.replace(right, wrong)
    return program
