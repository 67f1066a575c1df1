"""A tenant moves to another installation while its people chat: whoever follows misses nothing and hears nothing
twice, whatever happens to the command on its way."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.faults.record import Record, conversation, eventually
from tests.faults.stage import Stage, StageTenant, raised
from tests.support.http import Client, as_user
from tests.support.server import LiveServer
from tests.support.uploads import hand_in, image

pytestmark = pytest.mark.timeout(600)
_TALK = 60
_AWAY = (421, 503)  # read-only, or gone
"""Messages before anything is done."""


@pytest.fixture(scope="module")
def standing_other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with raised(tmp_path_factory.mktemp("other")) as other:
        yield other


@pytest.fixture
def other(standing_other: Stage) -> Iterator[Stage]:
    """Another installation: databases, keys and files of its own."""
    yield standing_other
    standing_other.clear()


def begin_move(stage: Stage, other: Stage, tenant: StageTenant, *more: str) -> subprocess.Popen[str]:
    return stage.begin("manage.py", "tenant", "move", tenant.slug, "--json", *more, "--via", via(other))


def via(other: Stage) -> str:
    settings = [f"{name}={value}" for name, value in other.settings.items()]
    return shlex.join(["env", *settings, sys.executable, "manage.py", "tenant", "receive"])


class Acts:
    """What somebody does in a room of their own, one thing after the other, at whichever place takes it."""

    def __init__(self, tenant: StageTenant, *servers: LiveServer) -> None:
        self._people = [as_user(server, tenant, "ann") for server in servers]  # type: ignore[arg-type]
        self.done = 0

    async def run(self) -> None:
        while True:
            said = await self._ask("POST", "messages", {"text": f"say {self.done}", "client_id": f"a{self.done}"})
            message = f"messages/{said['id']}"
            await self._ask("PATCH", message, {"text": f"say it better {self.done}"})
            await self._ask("PUT", f"{message}/reactions/%F0%9F%91%8D")
            await self._ask("PUT", "read", {"seq": said["seq"]})
            if self.done % 3 == 0:
                await self._ask("DELETE", message)
            self.done += 1

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        while True:
            for person in self._people:
                answer = await asyncio.to_thread(person.ask, method, f"/api/v1/rooms/plans/{path}", json=body)
                if answer.status < 300:
                    return answer.json if answer.body else None
                assert answer.status in (404, *_AWAY), answer.text
                await asyncio.sleep(0.05)


def files_sent(server: LiveServer, tenant: StageTenant, count: int) -> list[str]:
    """Those that were taken; a move that is quick may be read-only by now."""
    person = as_user(server, tenant, "ann")  # type: ignore[arg-type]
    paths = []
    for number in range(count):
        handed = hand_in(person, image(), f"picture{number}.png")
        if handed.status in _AWAY:
            break
        assert handed.status == 201, handed.text
        said = person.post("/api/v1/rooms/lobby/messages", {"text": "look", "attachments": [handed.json["id"]]})
        if said.status in _AWAY:
            break
        assert said.status == 201, said.text
        paths.append(handed.json["id"])
    return paths


async def test_people_chat_on_while_their_tenant_moves(stage: Stage, other: Stage, tenant: StageTenant) -> None:
    here, there = stage.serve(), other.serve()
    neighbour = Record(stage.tenant())
    record = Record(tenant)
    ways = [[here, there]]
    before = await asyncio.to_thread(files_sent, here, tenant, 2)
    async with (
        conversation(neighbour, senders=[[here]] * 2, subscribers=[[here]]),
        conversation(record, senders=ways * 4, subscribers=ways * 3),
    ):
        await eventually(lambda: record.acks >= _TALK, 30)
        acts = Acts(tenant, here, there)
        acting = asyncio.create_task(acts.run())
        move = begin_move(stage, other, tenant)
        while (line := await asyncio.to_thread(move.stderr.readline)) and line != "changes\n":
            pass
        during = await asyncio.to_thread(files_sent, here, tenant, 2)
        told, errors = await asyncio.to_thread(move.communicate)
        assert move.returncode == 0, errors
        seen, done = record.acks, acts.done
        await eventually(lambda: record.acks >= seen + _TALK and acts.done > done + 1, 30)
        acting.cancel()
    await record.check(there)
    await neighbour.check(here)
    assert [set(subscriber.closes) for subscriber in record.subscribers] == [{1012}] * 3
    assert set(neighbour.refused) | {code for each in neighbour.subscribers for code in each.closes} == set()
    print(json.loads(told), dict(record.refused))
    left, came = as_they_stand(stage, tenant), as_they_stand(other, tenant)
    last = max(changed for changed, room, *_ in left.values() if room == "plans")
    assert [each for each in left if came[each] != left[each] and came[each][0] <= last] == []
    assert acts.done * 5 > last > 10, "it was acted before the cut and after it"
    person = as_user(there, tenant, "ann")  # type: ignore[arg-type]
    for upload in (*before, *during):
        url = person.get(f"/api/v1/uploads/{upload}").json["url"]
        assert person.get(url.partition(str(there.port))[2] or url).status == 200
    assert nobody_writes(stage, here, tenant)
    assert other.run("manage.py", "audit", "verify")


def as_they_stand(stage: Stage, tenant: StageTenant) -> dict[Any, tuple[Any, ...]]:
    """Each message with the seq of its last change; where the tenant has left, as it left them."""
    with stage.inside(tenant) as connection:
        rows = connection.execute("SELECT id, changed_seq, room_id, message::text FROM chat_message message").fetchall()
    return {message: rest for message, *rest in rows}


def nobody_writes(stage: Stage, server: LiveServer, tenant: StageTenant) -> bool:
    """At the old place: neither by its doors nor behind them."""
    told = as_user(server, tenant, "ann").post("/api/v1/rooms/lobby/messages", {"text": "too late"})  # type: ignore[arg-type]
    assert (told.status, told.code) == (421, "tenant_moved"), told.text
    assert told.json["location"].endswith(f"{tenant.slug}.localhost:8000"), told.text
    assert Client(server, tenant.host).get("/").status == 421, "the same host: a redirect would lead back here"
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState), stage.inside(tenant) as connection:
        connection.execute("UPDATE chat_room SET name = 'changed'")
    assert "tenant_state" in stage.begin("manage.py", "tenant", "resume", tenant.slug).communicate()[1]
    return True


async def test_a_command_that_is_killed_anywhere_is_run_again(stage: Stage, other: Stage, tenant: StageTenant) -> None:
    """SIGKILL after each of its steps. Between the runs people write, at one place alone."""
    here, there = stage.serve(), other.serve()
    record = Record(tenant)
    ways = [[here, there]]
    async with conversation(record, senders=ways * 3, subscribers=ways * 2):
        await eventually(lambda: record.acks >= _TALK, 30)
        for step in ("on its way", "verification", "read-only", "opening"):
            await asyncio.to_thread(killed_at, begin_move(stage, other, tenant), step)
            await asyncio.to_thread(stage.run, "-m", "tests.faults.bring_back")
            [(status,)] = stage.shared("SELECT status FROM tenants_tenant WHERE slug = %s", tenant.slug)
            assert status == ("moved" if step == "opening" else "active"), step
            if step != "opening":
                seen = record.acks
                await eventually(lambda seen=seen: record.acks >= seen + _TALK, 30)
        await asyncio.to_thread(moved, stage, other, tenant)
        seen = record.acks
        await eventually(lambda: record.acks >= seen + _TALK, 30)
    await record.check(there)
    assert nobody_writes(stage, here, tenant)
    await asyncio.to_thread(a_day_later, other)
    assert stage.shared("SELECT FROM tenants_tenantmove") == other.shared("SELECT FROM tenants_tenantimport") == []


def a_day_later(other: Stage) -> None:
    """What arrived there when the command was killed, before it knew as what, is nobody's, and goes."""
    other.shared("UPDATE tenants_tenantimport SET touched_at = touched_at - interval '2 days' RETURNING seal")
    other.run("-m", "tests.faults.bring_back")


def killed_at(move: subprocess.Popen[str], step: str) -> None:
    told = []
    while line := move.stderr.readline():
        told.append(line.strip())
        if line == f"{step}\n":
            break
    else:
        pytest.fail(f"it never came to {step!r}: {told}")
    move.kill()
    move.communicate()


def moved(stage: Stage, other: Stage, tenant: StageTenant) -> None:
    """By as many runs as it takes until what the last one left behind over there has ended."""
    while True:
        move = begin_move(stage, other, tenant)
        _, errors = move.communicate()
        if move.returncode == 0:
            return
        assert "tenant_state: This file is being brought in already" in errors, errors


async def test_a_move_that_is_given_up_leaves_everything_as_it_was(
    stage: Stage, other: Stage, tenant: StageTenant
) -> None:
    """By somebody, at the last moment, or because the other place refuses: its name is taken there."""
    here = stage.serve()
    record = Record(tenant)
    async with conversation(record, senders=[[here]] * 2, subscribers=[[here]]):
        await eventually(lambda: record.acks >= _TALK, 30)
        await asyncio.to_thread(killed_at, begin_move(stage, other, tenant), "opening")
        refused = stage.begin("manage.py", "tenant", "move", tenant.slug, "--abandon")
        assert "tenant_state: It may be open" in (await asyncio.to_thread(refused.communicate))[1]
        await asyncio.to_thread(abandoned, stage, other, tenant)
        seen = record.acks
        await eventually(lambda: record.acks >= seen + _TALK, 30)
        taken = ("create", tenant.slug, "--name", "Taken", "--owner", "owner@stage.test")
        await asyncio.to_thread(other.run, "manage.py", "tenant", *taken)
        move = begin_move(stage, other, tenant)
        assert "slug_taken" in (await asyncio.to_thread(move.communicate))[1]
    await record.check(here)
    assert not any(record.refused.get(code) for code in ("unavailable", "busy"))
    assert stage.shared("SELECT FROM tenants_tenantmove") == other.shared("SELECT FROM tenants_tenantimport") == []
    assert stage.shared("SELECT FROM pg_namespace WHERE nspname = %s || '_moving'", tenant.schema_name) == []
    noting = "SELECT FROM pg_trigger WHERE tgname ~ 'moving' AND tgrelid::regclass::text LIKE %s || '.%%'"
    assert stage.shared(noting, tenant.schema_name) == []


def abandoned(stage: Stage, other: Stage, tenant: StageTenant) -> None:
    while True:
        left = stage.begin("manage.py", "tenant", "move", tenant.slug, "--abandon", "--via", via(other))
        _, errors = left.communicate()
        if left.returncode == 0:
            return
        assert "tenant_state: This file is being brought in already" in errors, errors
