"""socket.io 4 with its Redis adapter, storing nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

from pydantic_core import from_json, to_json

from tests.bench.opening import Opening
from tests.bench.process import ROOT, Started, child_environment, free_port
from tests.bench.shapes import Shape
from tests.bench.stream import Delivery
from tests.bench.systems.system import System, in_text, text
from tests.bench.wire import handshake

_SOURCE = Path(__file__).resolve().parents[1] / "socketio"
_HOME = ROOT / "var" / "bench" / "socketio"
_PATH = "/socket.io/?EIO=4&transport=websocket"


class SocketIO(System):
    """Rooms are joined by an event; packets as in the Engine.IO 4 and Socket.IO 5 protocols."""

    name = "socket.io"
    delivery_begins: ClassVar[bytes] = b'42["message"'
    answers: ClassVar[dict[bytes, bytes]] = {b"2": b"3"}

    def __init__(self) -> None:
        self._port = free_port()

    def missing(self) -> str:
        return "" if shutil.which("node") and shutil.which("npm") else "Node and npm are not installed"

    def prepare(self, shape: Shape) -> None:
        lock = _SOURCE / "package-lock.json"
        installed = _HOME / "package-lock.json"
        if installed.is_file() and installed.read_bytes() == lock.read_bytes():
            return
        _HOME.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_SOURCE / name, _HOME / f"{name}.new")
        (_HOME / "package.json.new").rename(_HOME / "package.json")
        shutil.copy(_HOME / "package-lock.json.new", installed)
        try:
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=_HOME, check=True)
        except subprocess.CalledProcessError:
            installed.unlink()
            raise

    def clear(self) -> None:
        """There is nothing."""

    def launch(self, log: Path) -> Started:
        shutil.copy(_SOURCE / "server.mjs", _HOME / "server.mjs")
        environment = child_environment(PORT=str(self._port), REDIS_URL=os.environ["REDIS_URL"], NODE_ENV="production")
        return Started(["node", "server.mjs"], self._port, env=environment, cwd=_HOME, log=log)

    def listener(self, room: int, place: int) -> Opening:
        return self._opening((f'420["join","{room}"]'.encode(), b"430"))

    def message(self, room: int, number: int, ref: int) -> bytes:
        return b"42" + to_json(["message", str(room), text(room, number)])

    def read(self, payload: bytes) -> Delivery:
        room, number = in_text(from_json(payload[2:])[1])
        return Delivery(room, number, number)

    def _opening(self, *steps: tuple[bytes, bytes]) -> Opening:
        return Opening(handshake(f"127.0.0.1:{self._port}", _PATH), [(None, b"0"), (b"40", b"40"), *steps])
