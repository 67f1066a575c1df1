"""``manage.py serve`` as people and units start it."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys

import psutil
import pytest

from servers import listening
from tests.platform.servers.process import ROOT

both_servers = pytest.mark.parametrize("kind", ["daphne", "uvicorn"])

SERVE = (sys.executable, "-m", "django", "serve")
AS_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "NOTIFY_SOCKET": sys.argv[2]}
os.execv(sys.argv[3], sys.argv[3:])
"""


@pytest.fixture
def free_port():
    (sock,) = listening.bind(["127.0.0.1"], 0)
    port = sock.getsockname()[1]
    sock.close()
    return port


@pytest.fixture
async def serve(free_port):
    processes = []

    async def serve(*arguments, command=SERVE, pass_fds=(), **environment):
        process = await asyncio.create_subprocess_exec(
            *command, *arguments,
            cwd=ROOT, pass_fds=pass_fds, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
                "DJANGO_SETTINGS_MODULE": "tests.platform.servers.settings",
                "TEST_PORT": str(free_port),
                **environment,
            },
        )  # fmt: skip
        processes.append(process)
        return process

    yield serve
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            for child in children:
                child.kill()
        await process.wait()


async def announced(process):
    """The line that tells people where it listens."""
    async with asyncio.timeout(30):
        async for line in process.stdout:
            if line.startswith(b"Listening"):
                return line.decode().strip()
    raise AssertionError((await process.stderr.read()).decode())


async def failure(process):
    """What it says on standard error, when it ends with code 1."""
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    assert process.returncode == 1
    return errors.decode()


async def pid_at(host, port):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /scope HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    response = await reader.read()
    writer.close()
    return json.loads(response[response.index(b"{") : response.index(b"}") + 1])["pid"]


@both_servers
async def test_it_listens_on_the_settings_port_and_says_so(serve, free_port, kind):
    process = await serve("--server", kind)
    assert await announced(process) == f"Listening on http://0.0.0.0:{free_port}"
    assert await pid_at("127.0.0.1", free_port) == process.pid
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


@pytest.mark.skipif(len(listening.loopback_hosts()) == 1, reason="this machine has no ::1")
async def test_with_debug_it_listens_on_both_loopback_addresses_and_no_other(serve, free_port):
    process = await serve(TEST_DEBUG="yes")
    line = await announced(process)
    assert line == f"Listening on http://127.0.0.1:{free_port} and http://[::1]:{free_port}"
    assert {await pid_at(host, free_port) for host in ("127.0.0.1", "::1")} == {process.pid}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", free_port), timeout=5)


@both_servers
async def test_workers_run_the_same_command(serve, free_port, kind):
    process = await serve("--server", kind, "--workers", "2", "--host", "127.0.0.1")
    await announced(process)
    pids = set()
    async with asyncio.timeout(20):
        while len(pids) < 2:
            pids.add(await pid_at("127.0.0.1", free_port))
    assert pids == {child.pid for child in psutil.Process(process.pid).children()}
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    assert not any(psutil.pid_exists(pid) for pid in pids)


@both_servers
async def test_it_serves_the_socket_that_systemd_bound_and_says_when_it_is_ready(serve, free_port, tmp_path, kind):
    """As sd_listen_fds(3) and sd_notify(3) have it: descriptor 3, and the pid that it is meant for."""
    with socket.create_server(("127.0.0.1", free_port)) as bound, notices(tmp_path / "notify") as (path, heard):
        command = (sys.executable, "-c", AS_SYSTEMD, str(bound.fileno()), path, *SERVE, "--server", kind)
        process = await serve(command=command, pass_fds=[bound.fileno()])
        assert await announced(process) == f"Listening on http://127.0.0.1:{free_port}"
        assert await asyncio.to_thread(heard) == b"READY=1"
        first = await pid_at("127.0.0.1", free_port)
        process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(30):
            while await pid_at("127.0.0.1", free_port) == first:
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        connection = socket.create_connection(("127.0.0.1", free_port), timeout=5)  # waits for the next one
        connection.close()


@contextlib.contextmanager
def notices(path):
    """A socket like systemd's, where services say how they are."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(path))
        sock.settimeout(30)
        yield str(path), lambda: sock.recv(100)


async def test_a_port_in_use_is_said_in_one_line(serve, free_port):
    with socket.create_server(("0.0.0.0", free_port)):
        errors = await failure(await serve())
    assert errors.startswith(f"CommandError: port {free_port} on 0.0.0.0 is in use;")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("port", ["http", "70000", "-1", ""])
async def test_a_bad_port_is_said_in_one_line(serve, port):
    errors = await failure(await serve(f"--port={port}"))
    assert errors == f"CommandError: --port {port} is not a number between 0 and 65535\n"


async def test_no_workers_at_all_are_refused(serve):
    assert await failure(await serve("--workers", "0")) == "CommandError: --workers must be at least 1\n"


@both_servers
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_an_application_that_cannot_start_is_said_without_a_traceback(serve, kind, workers):
    errors = await failure(await serve("--server", kind, "--workers", workers, LIFESPAN="failed"))
    assert "CommandError: The application could not start: the database is away\n" in errors
    assert "Traceback" not in errors
