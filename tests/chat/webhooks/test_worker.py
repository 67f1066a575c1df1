"""``manage.py worker`` finds by itself what has to be told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.webhooks.conftest import Telling
from tests.support.plugin import ROOT
from tests.support.receiver import Receiver

_PATIENCE = 20.0


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "worker.log").open("wb") as log:
        running = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=os.environ, stderr=log)
    yield running
    running.kill()
    running.wait()


async def test_it_delivers_within_seconds_and_ends_when_told_to(
    telling: Telling, shop: Receiver, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    _, secret = await telling.endpoint(shop.url)
    telling.happen(3)
    async with asyncio.timeout(_PATIENCE):
        while len(shop.heard) < 3:
            await asyncio.sleep(0.05)
    telling.happen(1)
    async with asyncio.timeout(5):
        while len(shop.heard) < 4:
            await asyncio.sleep(0.05)
    assert shop.texts() == ["1", "2", "3", "4"]
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(8) == 0
    log = (tmp_path / "worker.log").read_text()
    assert secret not in log
    # Its other jobs visit the tenants of other tests, too, which may be half made on purpose.
    failures = [line for line in log.splitlines() if "failed" in line and '"webhooks.' in line]
    assert not failures
