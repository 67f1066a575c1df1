"""Workers killed with SIGKILL while they deliver, to a server that sometimes fails: each event arrives, in its room's
order.

The moments have nothing to do with what the worker is at: before a request, in it, between its answer and the note of
it. The next worker finds the lanes of the one before leased, and has to wait until the leases run out.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.webhooks.conftest import Telling
from tests.faults.crowd import seeded
from tests.faults.record import eventually
from tests.support.plugin import ROOT
from tests.support.receiver import Heard, Receiver, Reply
from tests.support.tables import make_room, rows

_KILLS = 5
_ROOMS = 4  # as many lanes as an endpoint gets at once
_EVENTS = 20  # in each room before each kill: more than a worker delivers until it is killed
_MOMENT_SECONDS = 0.25
_PATIENCE = 30.0


class Shift:
    """Workers one after the other. The next stands ready while one is at work."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        self._began = time.time()
        self._started: list[subprocess.Popen[bytes]] = []
        self._ready = self._start()

    def begin(self) -> subprocess.Popen[bytes]:
        """The one that stood ready goes to work."""
        working, self._ready = self._ready, self._start()
        assert working.stdin is not None
        working.stdin.close()
        return working

    def end(self) -> None:
        for worker in self._started:
            worker.kill()
            worker.wait()
        self._log.close()

    def _start(self) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-m", "tests.chat.webhooks.hurried_worker", str(self._began)]
        self._started.append(subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stderr=self._log))
        return self._started[-1]


@pytest.fixture
def shift(tmp_path: Path) -> Iterator[Shift]:
    made = Shift(tmp_path / "workers.log")
    yield made
    made.end()


class Moody:
    """A server's behaviour: it takes its time, fails some events once, and takes back what it was at when whoever
    asked was killed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.kills = 0
        self.failed: set[str] = set()
        self.accepted: list[Heard] = []

    async def __call__(self, heard: Heard) -> Reply:
        kills = self.kills
        await asyncio.sleep(self._chance.uniform(0.002, 0.02))
        if self.kills > kills:
            raise ConnectionError
        if heard.id not in self.failed and self._chance.random() < 0.03:
            self.failed.add(heard.id)
            if self._chance.random() < 0.5:
                raise ConnectionError
            return Reply(503)
        self.accepted.append(heard)
        return Reply()

    def texts(self, room: str) -> list[str]:
        """Of what it accepted, each at its first time."""
        return list(dict.fromkeys(heard.text for heard in self.accepted if heard.json["data"]["room"] == room))


async def test_workers_killed_while_they_deliver_lose_nothing_and_disorder_nothing(
    telling: Telling, shop: Receiver, shift: Shift
) -> None:
    chance = seeded()
    shop.behaviour = moody = Moody(chance)
    rooms = [make_room(telling.tenant, f"{telling.tenant.slug}-{number}") for number in range(_ROOMS)]
    await telling.endpoint(shop.url)
    left_leased = 0
    for _ in range(_KILLS):
        for room in rooms:
            telling.happen(_EVENTS, room)
        worker = shift.begin()
        before = len(shop.heard)
        await eventually(lambda: len(shop.heard) > before, _PATIENCE)  # noqa: B023 - it is waited for here
        await asyncio.sleep(chance.uniform(0, _MOMENT_SECONDS))
        worker.kill()
        moody.kills += 1
        worker.wait()
        left_leased += rows(telling.tenant, "SELECT count(*) FROM chat_webhooklane WHERE leased_until IS NOT NULL")[0][
            0
        ]
    shift.begin()
    await eventually(lambda: not telling.waiting(), _PATIENCE)
    assert left_leased >= _KILLS, "the workers were hardly at work when they were killed"
    assert moody.failed
    expected = [str(number) for number in range(1, _KILLS * _EVENTS + 1)]
    for room in rooms:
        assert moody.texts(room) == expected
        assert list(dict.fromkeys(shop.texts(room))) == expected
    print(f"{len(shop.heard)} requests, {len(moody.failed)} failed, {left_leased} lanes left leased")
