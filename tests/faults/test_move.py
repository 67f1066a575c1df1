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

_TALK = 60
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
                assert answer.status in (404, 421, 503), answer.text
                await asyncio.sleep(0.05)


def files_sent(server: LiveServer, tenant: StageTenant, count: int) -> list[str]:
    person = as_user(server, tenant, "ann")  # type: ignore[arg-type]
    paths = []
    for number in range(count):
        handed = hand_in(person, image(), f"picture{number}.png")
        assert handed.status == 201, handed.text
        said = person.post("/api/v1/rooms/lobby/messages", {"text": "look", "attachments": [handed.json["id"]]})
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
        await eventually(lambda: len(record.acknowledged) >= _TALK, 30)
        acts = Acts(tenant, here, there)
        acting = asyncio.create_task(acts.run())
        move = begin_move(stage, other, tenant)
        while (line := await asyncio.to_thread(move.stderr.readline)) and line != "changes\n":
            pass
        during = await asyncio.to_thread(files_sent, here, tenant, 2)
        told, errors = await asyncio.to_thread(move.communicate)
        assert move.returncode == 0, errors
        seen, done = len(record.acknowledged), acts.done
        await eventually(lambda: len(record.acknowledged) >= seen + _TALK and acts.done > done + 1, 30)
        acting.cancel()
    await record.check(there)
    await neighbour.check(here)
    assert [set(subscriber.closes) for subscriber in record.subscribers] == [{1012}] * 3
    assert set(neighbour.refused) | {code for each in neighbour.subscribers for code in each.closes} == set()
    print(json.loads(told), dict(record.refused))
    came = dict(left_behind(other, tenant))
    assert {message: came.get(message) for message, _ in left_behind(stage, tenant)} == dict(left_behind(stage, tenant))
    person = as_user(there, tenant, "ann")  # type: ignore[arg-type]
    for upload in (*before, *during):
        url = person.get(f"/api/v1/uploads/{upload}").json["url"]
        assert person.get(url.partition(str(there.port))[2] or url).status == 200
    assert nobody_writes(stage, here, tenant)
    assert other.run("manage.py", "audit", "verify")


def left_behind(stage: Stage, tenant: StageTenant) -> list[tuple[Any, ...]]:
    """Messages as they stand, of before the move if the tenant has left: it is as it was."""
    with stage.inside(tenant) as connection:
        return connection.execute(
            "SELECT id, ROW(room_id, seq, user_id, text, reactions, edited_at, deleted_at, attachments)::text"
            " FROM chat_message"
        ).fetchall()


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
