"""What processes say of themselves, and what they counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from kit.figures import Figures
from tenants.connections import close_pool
from tenants.models import Figure, Process
from tenants.processes import SILENCE, Beating, connections_elsewhere, forget_gone_processes
from tests.support.cast import Tenancy
from tests.support.http import as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change

_PATIENCE = 10.0


def _figures(tenant: Tenancy) -> dict[str, int]:
    """All that was noted of a tenant."""
    names = ("messages", "deliveries", "errors", "embeds", "connections")
    noted = Figure.objects.filter(tenant_id=tenant.record.id, span=Figure.Span.MINUTE)
    sums = noted.aggregate(**{f"{name}_": Sum(name, default=0) for name in names})
    return {name: sums[f"{name}_"] for name in names}


def _process(server: LiveServer) -> Process | None:
    return Process.objects.filter(pid=server.pid).first()


async def _beats(server: LiveServer) -> Process:
    async with asyncio.timeout(_PATIENCE):
        while (process := await sync_to_async(_process)(server)) is None:
            await asyncio.sleep(0.05)
    return process


async def test_the_figures_of_two_processes_sum(serve: Callable[..., LiveServer], acme: Tenancy) -> None:
    one, two = serve(), serve()
    async with (
        person(one, acme, "ann", origin="https://shop.example") as ann,
        person(two, acme, "bob") as bob,
        person(two, acme, "carol") as carol,
    ):
        for someone in (ann, bob, carol):
            await someone.subscribe()
        for number in range(3):
            await ann.send(f"from ann {number}")
        await bob.send("from bob")
        for someone in (ann, bob, carol):
            await someone.until(lambda frame: frame.get("message", {}).get("text") == "from bob")
        beating = [await _beats(server) for server in (one, two)]
    assert [process.version for process in beating] == [settings.VERSION] * 2
    assert all(process.kind == "server" and process.memory_bytes > 1 << 20 for process in beating)
    for server in (one, two):
        await asyncio.to_thread(server.stop)
    noted = await sync_to_async(_figures)(acme)
    assert noted == {"messages": 4, "deliveries": 12, "errors": 0, "embeds": 1, "connections": noted["connections"]}
    assert noted["connections"] >= 3  # each minute that they were there has them
    assert await sync_to_async(_process)(one) is None, "it says goodbye"


async def test_a_killed_process_loses_its_last_seconds_and_is_forgotten_once_silent(
    serve: Callable[..., LiveServer], acme: Tenancy
) -> None:
    server = serve()
    process = await _beats(server)
    async with person(server, acme, "ann") as ann:
        await ann.send("counted by nobody but the recount")
        server.kill()
    assert (await sync_to_async(_figures)(acme))["messages"] <= 1
    assert await sync_to_async(_process)(server) is not None
    long_ago = timezone.now() - timedelta(hours=1)
    await Process.objects.filter(pk=process.pk).aupdate(beat_at=long_ago)
    assert await sync_to_async(forget_gone_processes)() == 1


async def test_faults_of_ours_are_counted_at_both_doors(serve: Callable[..., LiveServer], acme: Tenancy) -> None:
    server = serve()
    change(acme, "ALTER FUNCTION store_messages RENAME TO store_messages_no_more")
    async with person(server, acme, "ann") as ann:
        answer = await ann.send("this fails")
        assert answer["code"] == "internal"
    refused = await asyncio.to_thread(
        as_user(server, acme, "ann").post, "/api/v1/rooms/general/messages", {"text": "this too"}
    )
    assert refused.status == 500
    await asyncio.to_thread(server.stop)
    assert (await sync_to_async(_figures)(acme))["errors"] == 2


async def test_what_cannot_be_noted_is_noted_with_the_next_beat(acme: Tenancy) -> None:
    figures = Figures()
    beating = Beating(Process.Kind.WORKER, figures)
    figures.of(acme.schema_name).messages += 5
    figures.of("t_nobody").messages += 1
    about = beating._about
    beating._about = {**about, "kind": "x" * 9}  # the column does not take it
    await beating.beat()
    assert await Figure.objects.filter(tenant_id=acme.record.id).acount() == 0
    beating._about = about
    await beating.beat(last=True)
    assert (await sync_to_async(_figures)(acme))["messages"] == 5
    await close_pool()


async def test_each_says_how_many_of_a_tenants_sockets_it_holds(acme: Tenancy) -> None:
    figures = Figures()
    beating = Beating(Process.Kind.SERVER, figures)
    beating._about = {**beating._about, "host": "elsewhere"}
    for _ in range(3):
        figures.of(acme.schema_name).connect()
    await beating.beat()
    figures.of(acme.schema_name).disconnect()
    assert await connections_elsewhere(acme.schema_name) == 3
    await beating.beat()
    assert await connections_elsewhere(acme.schema_name) == 2
    await Process.objects.filter(host="elsewhere").aupdate(beat_at=timezone.now() - SILENCE)
    assert await connections_elsewhere(acme.schema_name) == 0
    await beating.beat(last=True)
    await close_pool()
