"""Faults: what befalls a storm, each by its name. Each lasts seconds and takes back what does not heal by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import psutil
import redis

from embedded.process import family_of
from tests.faults.line import Line, connect
from tests.faults.proxy import Proxy
from tests.faults.stage import CommandFailed, StageTenant
from tests.faults.storm import Fault, Storm

_MOMENT, _LONG = 0.5, 3.0  # seconds
_DELAY = 0.05  # of a slow link, for each chunk in each direction
_READERS, _FLICKERING, _FLOOD = 10, 20, 2_000
_FULL = 1 << 20  # bytes, at which a file can grow no more
_GONE = (OSError, TimeoutError)
_POISON = (
    b"",
    b"{",
    b"[" * 4_000,
    b'{"type":null}',
    b'{"type":"message.send","room":"general","text":"\\u0000"}',
    b'{"type":"message.send","room":"general","text":"\\ud800"}',
    b'{"type":"message.send","room":"general","text":' + b"9" * 3_000 + b"}",
    b'{"type":"message.edit","room":"general","id":"m_0","text":"x"}',
    b'{"type":"room.subscribe","ref":1,"room":"general","since":9223372036854775807}',
    b'{"type":"reaction.add","room":"general","id":"m_0","emoji":"\xff"}',
)


# Processes that die


async def kill_a_server(storm: Storm) -> None:
    seat = storm.chance.choice(storm.seats)
    await asyncio.to_thread(seat.kill)
    await asyncio.to_thread(storm.take_again, seat)


async def kill_one_of_two_processes_on_a_port(storm: Storm) -> None:
    """The other goes on, and their parent starts a new one."""
    children = psutil.Process(storm.workers.pid).children()
    if children:
        storm.chance.choice(children).kill()
    await asyncio.sleep(_LONG)


async def kill_a_jobs_worker(storm: Storm) -> None:
    doomed = storm.jobs.pop(0)
    doomed.kill()
    await asyncio.to_thread(doomed.wait)
    storm.jobs.append(await asyncio.to_thread(storm.stage.work))


async def kill_postgres(storm: Storm) -> None:
    await asyncio.to_thread(storm.stage.postgres.kill)
    await asyncio.sleep(storm.chance.uniform(0, _MOMENT))
    await asyncio.to_thread(storm.stage.postgres.start)


async def kill_valkey(storm: Storm) -> None:
    await asyncio.to_thread(storm.stage.valkey.kill)
    await asyncio.sleep(storm.chance.uniform(0, _LONG))
    await asyncio.to_thread(storm.stage.valkey.start)


async def restart_a_server(storm: Storm) -> None:
    """SIGTERM, and the next one."""
    seat = storm.chance.choice(storm.seats)
    await asyncio.to_thread(seat.leave)
    await asyncio.to_thread(storm.take_again, seat)


async def replace_processes_one_by_one(storm: Storm) -> None:
    os.kill(storm.workers.pid, signal.SIGHUP)
    await asyncio.sleep(_LONG)


# Processes and disks that do not answer


async def flush_valkey(storm: Storm) -> None:
    with redis.Redis.from_url(storm.stage.redis_url) as client:
        await asyncio.to_thread(client.flushall)


async def hang_postgres(storm: Storm) -> None:
    await _hang(storm.stage.postgres.child.pid, storm.chance.uniform(_MOMENT, _LONG))


async def hang_valkey(storm: Storm) -> None:
    await _hang(storm.stage.valkey.child.pid, storm.chance.uniform(_MOMENT, 2 * _LONG))


async def hang_a_server(storm: Storm) -> None:
    await _hang(storm.chance.choice(storm.seats).pid, storm.chance.uniform(_MOMENT, _LONG))


async def _hang(pid: int, seconds: float) -> None:
    family = await asyncio.to_thread(family_of, psutil.Process(pid))
    _signal(family, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        _signal(family, signal.SIGCONT)


def _signal(family: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


async def fill_the_disk(storm: Storm) -> None:
    """No file of PostgreSQL's grows beyond a size at which its log of writes is full: it has to give up and recover, as
    with a disk without space. Where nobody can set others' limits (Linux's ``prlimit``), it is killed at once."""
    family = await asyncio.to_thread(family_of, psutil.Process(storm.stage.postgres.child.pid))
    if shutil.which("prlimit"):
        await asyncio.to_thread(_limit_files, family)
        await asyncio.sleep(_MOMENT)
    await kill_postgres(storm)


def _limit_files(family: Iterable[psutil.Process]) -> None:
    """As the processes' own user: not even root may do it where it is shut in."""
    for process in family:
        with suppress(psutil.NoSuchProcess):
            owner = process.uids().real
            command = ["prlimit", "--pid", str(process.pid), f"--fsize={_FULL}:unlimited"]
            subprocess.run(command, user=None if owner == os.getuid() else owner, check=False, capture_output=True)


# Links


async def slow_links(storm: Storm) -> None:
    async with _links(storm) as links:
        for link in links:
            link.delay = _DELAY
        await asyncio.sleep(_LONG)


async def cut_links(storm: Storm) -> None:
    async with _links(storm) as links:
        for _ in range(3):
            for link in links:
                link.cut()
            await asyncio.sleep(storm.chance.uniform(0, _MOMENT))


async def refuse_links(storm: Storm) -> None:
    async with _links(storm) as links:
        for link in links:
            link.refuses = True
            link.cut()
        await asyncio.sleep(storm.chance.uniform(_MOMENT, _LONG))


async def leave_connections_half_open(storm: Storm) -> None:
    """Nothing comes through any more, and nobody says so."""
    async with _links(storm) as links:
        for link in links:
            link.silence()
        await asyncio.sleep(_LONG)


@asynccontextmanager
async def _links(storm: Storm) -> AsyncIterator[list[Proxy]]:
    """One or more of the far seat's; whole again afterwards, as after a timeout of the network's."""
    links = storm.chance.sample(storm.links.all, storm.chance.randint(1, len(storm.links.all)))
    try:
        yield links
    finally:
        for link in links:
            link.delay, link.refuses = 0.0, False
            link.cut()


# Clients


async def stop_reading(storm: Storm) -> None:
    """Subscribe, and take nothing any more."""
    async with _strangers(storm, _READERS) as lines:
        for line in lines:
            line.say({"type": "room.subscribe", "room": "general", "since": 0})
            line.transport.pause_reading()
        await asyncio.sleep(_LONG)


async def hang_up_in_the_middle(storm: Storm) -> None:
    """Commands whose sender is gone while they run: each is cancelled somewhere."""
    for _ in range(_FLICKERING):
        async with _strangers(storm, 1) as lines:
            for line in lines:
                line.say({"type": "room.subscribe", "room": "general", "since": 0})
                line.say({"type": "read.mark", "room": "general", "seq": 1})
                await asyncio.sleep(storm.chance.uniform(0, 0.01))


async def send_poison(storm: Storm) -> None:
    async with _strangers(storm, 1) as lines:
        for line in lines:
            for poison in _POISON:
                line.say_bytes(poison)
            await asyncio.sleep(_MOMENT)


async def hang_up_all_at_once(storm: Storm) -> None:
    """A herd comes back."""
    for record in storm.crowd.records:
        for subscriber in record.subscribers:
            subscriber.hang_up()


async def flood_from_a_neighbour(storm: Storm) -> None:
    """A tenant of whom nobody else is to notice anything."""
    async with _strangers(storm, _READERS, storm.neighbour) as lines:
        for number in range(_FLOOD if lines else 0):
            lines[number % len(lines)].say({"type": "message.send", "room": "general", "text": f"flood {number}"})
            if number % 50 == 0:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def _strangers(storm: Storm, count: int, tenant: StageTenant | None = None) -> AsyncIterator[list[Line]]:
    """Lines to any of the servers that let them in; hung up afterwards."""
    lines: list[Line] = []
    try:
        for number in range(count):
            server = storm.chance.choice(storm.seats)
            with suppress(*_GONE):
                lines.append(await connect(server, tenant or storm.crowd.tenants[0], f"stranger{number}", _deaf))
        with suppress(*_GONE):
            yield lines
    finally:
        for line in lines:
            line.hang_up()


def _deaf(payload: bytes) -> None:
    pass


# Operators


async def suspend_and_resume_a_neighbour(storm: Storm) -> None:
    await _manage(storm, "suspend", storm.neighbour.slug)
    await _manage(storm, "resume", storm.neighbour.slug)


async def make_and_delete_a_tenant(storm: Storm) -> None:
    slug = f"brief-{storm.chance.getrandbits(32):08x}"
    await _manage(storm, "create", slug, "--name", "Brief", "--owner", "owner@stage.test")
    await _manage(storm, "delete", slug, "--yes")


async def migrate_all_tenants(storm: Storm) -> None:
    await _manage(storm, "migrate")


async def _manage(storm: Storm, *arguments: str) -> None:
    with suppress(CommandFailed):  # an operator would do it again
        await asyncio.to_thread(storm.stage.manage, "tenant", *arguments)


DEATHS: tuple[Fault, ...] = (
    kill_a_server,
    kill_one_of_two_processes_on_a_port,
    kill_postgres,
    restart_a_server,
    replace_processes_one_by_one,
    fill_the_disk,
)
PASSING: tuple[Fault, ...] = (
    *(kill_valkey, flush_valkey, kill_a_jobs_worker, hang_postgres, hang_valkey, hang_a_server),
    *(slow_links, cut_links, refuse_links, leave_connections_half_open),
    *(stop_reading, hang_up_in_the_middle, send_poison, hang_up_all_at_once, flood_from_a_neighbour),
    *(suspend_and_resume_a_neighbour, make_and_delete_a_tenant, migrate_all_tenants),
)
"""Those that every process survives."""
EVERY: tuple[Fault, ...] = (*DEATHS, *PASSING)
