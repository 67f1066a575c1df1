"""The systems that stand side by side."""

from __future__ import annotations

from tests.bench.systems.parley import Parley
from tests.bench.systems.socketio import SocketIO
from tests.bench.systems.system import System
from tests.bench.systems.tutorial import Tutorial


def all_systems() -> list[System]:
    return [Tutorial(), Parley("daphne"), Parley("uvicorn"), SocketIO()]
