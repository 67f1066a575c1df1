import asyncio

import pytest

both_servers = pytest.mark.parametrize("server", ["daphne", "uvicorn"])


@both_servers
async def test_startup_comes_before_listening_and_shutdown_after_the_drain(start, server):
    running = await start(server)
    assert [next(iter(each)) for each in running.notes] == ["lifespan"]
    assert await running.end() == 0
    assert running.notes == [{"lifespan": "startup"}, {"lifespan": "shutdown"}]


@both_servers
async def test_while_the_application_starts_connections_are_refused(start, server):
    running = await start(server, until="lifespan", environment={"LIFESPAN": "slow"})
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", running.port)


@both_servers
async def test_a_signal_while_the_application_starts_ends_the_server(start, server):
    running = await start(server, until="lifespan", environment={"LIFESPAN": "slow"})
    assert await running.end() == 0


@both_servers
async def test_a_failed_startup_ends_with_one_line_and_code_1(start, server):
    running = await start(server, until=None, environment={"LIFESPAN": "failed"})
    assert await running.end(number=None) == 1
    assert running.errors == "cannot start: the database is away\n"
    assert running.notes == []


@both_servers
async def test_an_application_that_raises_on_the_lifespan_scope_is_served_without_it(start, server):
    running = await start(server, environment={"LIFESPAN": "none"})
    assert await running.end() == 0
    assert running.notes == []
