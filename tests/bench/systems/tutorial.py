"""The tutorial's chat: what Channels' own documentation leads to. See tests/bench/baseline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import psycopg
from pydantic_core import from_json

from tests.bench.opening import Opening
from tests.bench.process import ROOT, Started, child_environment, free_port
from tests.bench.shapes import Shape
from tests.bench.stream import Delivery
from tests.bench.systems.system import System, in_text, text
from tests.bench.wire import handshake


class Tutorial(System):
    """Its messages carry no seq: the load generator's numbers, given in sending order, stand for it."""

    name = "tutorial"
    delivery_begins: ClassVar[bytes] = b'{"message"'

    def __init__(self) -> None:
        self._port = free_port()

    def prepare(self, shape: Shape) -> None:
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0", "--run-syncdb"],
            cwd=ROOT,
            env=self._environment(),
            check=True,
        )

    def clear(self) -> None:
        with psycopg.connect(os.environ["BASELINE_DATABASE_URL"], autocommit=True) as connection:
            connection.execute("TRUNCATE baseline_message")

    def launch(self, log: Path) -> Started:
        application = "tests.bench.baseline.asgi:application"
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self._port), "-v", "0", application]
        return Started(command, self._port, env=self._environment(), cwd=ROOT, log=log)

    def listener(self, room: int, place: int) -> Opening:
        return Opening(handshake(f"127.0.0.1:{self._port}", f"/ws/chat/{room}/"))

    def message(self, room: int, number: int, ref: int) -> bytes:
        return json.dumps({"message": text(room, number)}).encode()

    def read(self, payload: bytes) -> Delivery:
        room, number = in_text(from_json(payload)["message"])
        return Delivery(room, number, number)

    def _environment(self) -> dict[str, str]:
        return child_environment(
            DJANGO_SETTINGS_MODULE="tests.bench.baseline.settings",
            BASELINE_DATABASE_URL=os.environ["BASELINE_DATABASE_URL"],
        )
