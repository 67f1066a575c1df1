"""A server process under test: its notes, its port, its end."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[3]


class ServerProcess:
    def __init__(self, kind, process):
        self.kind = kind
        self._process = process
        self.notes = []
        self.errors = ""
        self.workers = set()
        self.port = 0
        self._news = asyncio.Condition()
        self._readers = [asyncio.create_task(self._read_notes()), asyncio.create_task(self._read_errors())]

    @classmethod
    async def start(cls, server="daphne", *, workers=1, until="ready", environment=None, **limits):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.platform.servers.run", server, str(workers), json.dumps(limits),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", **(environment or {})},
        )  # fmt: skip
        self = cls(server, process)
        try:
            self.port = (await self.note("bound"))["bound"]
            if until:
                await self.note(until)
            self.workers = self._children()
        except AssertionError:
            await self.kill()
            raise
        return self

    @property
    def pid(self):
        return self._process.pid

    @property
    def memory(self):
        return psutil.Process(self.pid).memory_info().rss

    def url(self, path, scheme="ws"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    async def note(self, key, value=None, seconds=20):
        """The first note with this key (and value), waiting for it; it is not returned a second time."""

        def found():
            for each in self.notes:
                if key in each and value in {None, each[key]}:
                    return each
            return None

        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(found)
        except TimeoutError:
            raise AssertionError(f"no note {key!r}; notes: {self.notes}; stderr: {self.errors}") from None
        result = found()
        self.notes.remove(result)
        return result

    def send(self, number=signal.SIGTERM):
        self._process.send_signal(number)

    async def end(self, number=signal.SIGTERM, seconds=20):
        """Signal it, unless it is ended, and return its exit code."""
        if number and self._process.returncode is None:
            self.send(number)
        async with asyncio.timeout(seconds):
            code = await self._process.wait()
            await asyncio.gather(*self._readers)
        return code

    async def kill(self):
        """End it and what is left of its workers, by SIGKILL."""
        if self._process.returncode is None:
            self.workers |= self._children()
            self._process.kill()
        for worker in self.workers:
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.kill()  # psutil knows a reused pid by its start time
        await self._process.wait()

    def _children(self):
        with contextlib.suppress(psutil.NoSuchProcess):
            return set(psutil.Process(self.pid).children(recursive=True))
        return set()

    async def _read_notes(self):
        async for line in self._process.stdout:
            async with self._news:
                self.notes.append(json.loads(line))
                self._news.notify_all()

    async def _read_errors(self):
        async for line in self._process.stderr:
            self.errors += line.decode()
