"""Several processes on one socket."""

import asyncio
import contextlib
import signal

import psutil
import pytest
import websockets

from servers import workers
from tests.platform.servers.test_http import answer, get
from tests.platform.servers.wire import Wire

both_servers = pytest.mark.parametrize("kind", ["daphne", "uvicorn"])


async def answering_pids(server, wanted, but_not=()):
    """Ask until ``wanted`` different processes have answered, none of them in ``but_not``."""
    pids = set()
    async with asyncio.timeout(30):
        while len(pids) < wanted:
            try:
                wire = await Wire.open(server)
                wire.write(get("/scope", "Connection: close"))
                pids |= {(await answer(wire))[1]["pid"]} - set(but_not)
            except (ConnectionError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)
    return pids


def alive(pids):
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]


async def gone(pids):
    async with asyncio.timeout(20):
        while alive(pids):
            await asyncio.sleep(0.1)


@both_servers
async def test_all_workers_answer_on_the_same_port(start, kind):
    server = await start(kind, workers=2)
    pids = await answering_pids(server, 2)
    assert server.pid not in pids
    assert await server.end() == 0


@both_servers
async def test_a_worker_that_dies_is_replaced(start, kind):
    server = await start(kind, workers=2)
    killed, kept = await answering_pids(server, 2)
    psutil.Process(killed).kill()
    (new,) = await answering_pids(server, 1, but_not=(killed, kept))
    assert await server.end() == 0
    assert not alive([killed, kept, new])


@both_servers
async def test_sigterm_to_the_parent_drains_every_worker(start, kind):
    server = await start(kind, workers=2)
    pids = await answering_pids(server, 2)
    sockets = [await websockets.connect(server.url("/clean-up")) for _ in range(6)]
    for socket in sockets:
        assert await socket.recv() == "open"
    assert await server.end() == 0
    for socket in sockets:
        await socket.wait_closed()
        assert socket.close_code == 1012
    assert not alive(pids)
    assert server.notes.count({"disconnect": 1012, "cleaned_up": True}) == 6
    assert server.notes.count({"lifespan": "shutdown"}) == 2


@both_servers
async def test_no_worker_outlives_a_killed_parent(start, kind):
    server = await start(kind, workers=2)
    pids = await answering_pids(server, 2)
    async with websockets.connect(server.url("/clean-up")) as socket:
        assert await socket.recv() == "open"
        psutil.Process(server.pid).kill()
        await socket.wait_closed()
        assert socket.close_code == 1012
    await gone(pids)


async def test_a_worker_that_hangs_is_killed_after_the_grace(start):
    server = await start("daphne", workers=2, grace=0.5)
    pids = await answering_pids(server, 2)
    psutil.Process(min(pids)).send_signal(signal.SIGSTOP)
    assert await server.end(seconds=20) == 0
    assert not alive(pids)


async def test_a_worker_that_was_to_replace_another_is_waited_for_too(start):
    server = await start("daphne", workers=2, grace=0.5)
    server.send(signal.SIGHUP)
    successor = await third_worker(server)
    successor.send_signal(signal.SIGSTOP)
    assert await server.end() == 0
    assert not alive([successor.pid])


async def third_worker(server):
    """Once it is the command's own process, which its environment tells: a fork of the parent has the parent's."""
    async with asyncio.timeout(20):
        while True:
            for each in psutil.Process(server.pid).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if each not in server.workers and workers.ENVIRONMENT in each.environ():
                        return each
            await asyncio.sleep(0.01)


@both_servers
async def test_when_no_worker_can_start_the_parent_ends_with_code_1(start, kind):
    server = await start(kind, workers=2, until=None, environment={"LIFESPAN": "failed"})
    assert await server.end(number=None) == 1
    assert "the database is away" in server.errors
    assert "cannot start: a worker ended with code 1 before it was ready" in server.errors


@both_servers
async def test_sighup_replaces_the_workers_one_by_one_and_no_connect_is_refused(start, kind):
    server = await start(kind, workers=2)
    old = await answering_pids(server, 2)
    async with websockets.connect(server.url("/clean-up")) as socket:
        assert await socket.recv() == "open"
        server.send(signal.SIGHUP)
        answered = set()
        async with asyncio.timeout(30):
            while len(answered - old) < 2 or alive(old):
                wire = await Wire.open(server)
                wire.write(get("/scope", "Connection: close"))
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                    answered.add((await answer(wire))[1]["pid"])
        await socket.wait_closed()
        assert socket.close_code == 1012
    assert await server.end() == 0
    assert not alive(answered)


async def test_new_workers_that_cannot_start_leave_the_old_ones_in_their_place(start, tmp_path):
    broken = tmp_path / "broken"
    server = await start("daphne", workers=2, environment={"BROKEN_WHEN": str(broken)})
    old = await answering_pids(server, 2)
    broken.touch()
    server.send(signal.SIGHUP)
    async with asyncio.timeout(20):
        while "the others stay as they are" not in server.errors:
            await asyncio.sleep(0.05)
    assert await answering_pids(server, 2) == old
    assert await server.end() == 0
