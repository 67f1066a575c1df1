"""Whoever asks a hook again is connected already. A connection that is kept opens no way inside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from chat.policies import Actor
from chat.webhooks import hook
from chat.webhooks.settings import before_send, set_before_send
from kit import outbound
from kit.outbound import Lines, OutboundFailed, OutboundPolicy, OutboundRefused
from tests.chat.webhooks.conftest import LOOPBACK
from tests.chat.webhooks.lasting import KEEP, Lasting, lasting
from tests.faults.record import eventually
from tests.platform.kit.test_outbound import Names, _certified
from tests.support.cast import Tenancy
from tests.support.receiver import Heard, Reply


@pytest.fixture
async def server() -> AsyncIterator[Lasting]:
    async with lasting() as made:
        yield made


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    async with Lines(LOOPBACK) as made:
        yield made


async def test_a_hook_is_asked_over_the_connection_that_is_there(acme: Tenancy, server: Lasting) -> None:
    server.always(200, b'{"action": "allow", "text": "fine"}', **KEEP)
    await set_before_send(acme.record, server.url, fail_open=False, timeout=0.5)
    tenant = replace(acme.record, before_send=await before_send(acme.record.id))
    for number in range(20):
        assert await hook.ask_before_send(tenant, Actor("ann"), hook.Question("general", str(number))) == "fine"
    assert (len(server.heard), server.connections) == (20, 1)
    await hook.close_lines()
    await eventually(lambda: server.open == 0, 5)


async def test_as_many_connections_are_kept_as_are_used_at_once(server: Lasting, lines: Lines) -> None:
    async def slow(heard: Heard) -> Reply:
        await asyncio.sleep(0.02)
        return Reply(headers=KEEP)

    server.behaviour = slow
    for _ in range(3):
        await asyncio.gather(*[lines.request("POST", server.url) for _ in range(10)])
    assert (len(server.heard), server.connections) == (30, 10)


async def test_a_connection_that_the_other_side_gave_up_is_replaced(server: Lasting, lines: Lines) -> None:
    await lines.request("POST", server.url)
    server.hang_up()
    await eventually(lambda: server.open == 0, 5)
    await lines.request("POST", server.url)
    server.behaviour = partial(_give_up, server)  # just when it is asked
    assert (await lines.request("POST", server.url, body=b"hello")).status == 200
    assert (len(server.heard), server.connections) == (4, 3)
    assert server.heard[2] == server.heard[3]


async def _give_up(server: Lasting, heard: Heard) -> Reply:
    server.always(200, **KEEP)
    raise ConnectionError


async def test_a_new_connection_that_breaks_off_is_not_tried_again(server: Lasting, lines: Lines) -> None:
    server.behaviour = partial(_give_up, server)
    with pytest.raises(OutboundFailed, match="the exchange broke off"):
        await lines.request("POST", server.url)
    assert (len(server.heard), server.connections) == (1, 1)


async def test_after_one_that_dawdled_the_next_is_answered(server: Lasting, lines: Lines) -> None:
    async def dawdle(heard: Heard) -> Reply:
        await asyncio.sleep(0.3)
        return Reply(200, b"late", KEEP)

    server.behaviour = dawdle
    for _ in range(3):
        with pytest.raises(OutboundFailed, match="no answer"):
            await lines.request("POST", server.url, timeout=0.05)
    server.always(200, b"in time", **KEEP)
    assert (await lines.request("POST", server.url)).body == b"in time"
    assert (await lines.request("POST", server.url, most_bytes=2)).cut
    assert (await lines.request("POST", server.url)).body == b"in time"


async def test_each_new_connection_is_judged_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The name's second answer leads inside: the connection that is there is used on, no other is made."""
    server_side, client_side = _certified("hooks.example.com", tmp_path)
    monkeypatch.setattr(outbound, "is_public", lambda address: address == "127.0.0.1")
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    policy = OutboundPolicy(resolve=names.resolve, tls=client_side)
    async with lasting(server_side) as shop, Lines(policy) as lines:
        url = f"https://hooks.example.com:{shop.port}/"
        for _ in range(3):
            assert (await lines.request("POST", url)).status == 200
        assert len(names.asked) == 1
        shop.hang_up()
        await eventually(lambda: shop.open == 0, 5)
        with pytest.raises(OutboundRefused, match="not public"):
            await lines.request("POST", url)
        assert (len(names.asked), len(shop.heard), shop.connections) == (2, 3, 1)


async def test_a_connection_is_no_other_names_though_the_address_is_the_same(tmp_path: Path) -> None:
    server_side, client_side = _certified("hooks.example.com", tmp_path)
    names = Names(["127.0.0.1"])
    allowed = frozenset({"hooks.example.com", "other.example.com"})
    async with (
        lasting(server_side) as shop,
        Lines(OutboundPolicy(allow=allowed, resolve=names.resolve, tls=client_side)) as lines,
    ):
        await lines.request("POST", f"https://hooks.example.com:{shop.port}/")
        with pytest.raises(OutboundFailed, match="certificate"):
            await lines.request("POST", f"https://other.example.com:{shop.port}/")
        assert len(shop.heard) == 1


async def test_whom_nobody_asks_any_more_is_hung_up_on(
    server: Lasting, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lines.request("POST", server.url)
    later = outbound.monotonic() + 301
    monkeypatch.setattr(outbound, "monotonic", lambda: later)
    async with lasting() as other:
        await lines.request("POST", other.url)
        await eventually(lambda: server.open == 0, 5)
        assert other.open == 1
