"""Membership is the authorisation: who hears a room and who speaks in it."""

from __future__ import annotations

import pytest

from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import Person, open_socket, person
from tests.support.tables import fill, make_room, rows, stored_texts
from tests.support.tokens import signed

COMMANDS = {
    "room.subscribe": {"since": 0},
    "message.send": {"text": "let me in"},
    "read.mark": {"seq": 1},
}


@pytest.mark.parametrize("kind", ["private", "direct"])
@pytest.mark.parametrize("command", COMMANDS)
async def test_outsiders_are_refused_everything(live: LiveServer, acme: Tenancy, kind: str, command: str) -> None:
    make_room(acme, "secret", kind, members=("bob", "carol"))
    fill(acme, 3, "secret", user="bob")
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe("secret")
        refusal = await ann.ask(command, room="secret", **COMMANDS[command])
        assert (refusal["type"], refusal["code"]) == ("error", "not_allowed")
        assert (await ann.ask("typing.start", room="secret"))["code"] == "not_subscribed"
        await bob.send("members only", room="secret")
        await bob.event("message.created")
        assert bob.texts("secret") == ["members only"]
        await ann.ask("ping")
        assert ann.durable("secret") == []
    assert len(stored_texts(acme, "secret")) == 4
    assert rows(acme, "SELECT user_id FROM chat_member WHERE user_id = 'ann'") == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_room_that_is_not_there_is_not_found(live: LiveServer, acme: Tenancy, command: str) -> None:
    async with person(live, acme, "ann") as ann:
        refusal = await ann.ask(command, room="nowhere", **COMMANDS[command])
        assert refusal["code"] == "room_not_found"


@pytest.mark.parametrize("kind", ["private", "direct"])
async def test_members_may(live: LiveServer, acme: Tenancy, kind: str) -> None:
    make_room(acme, "secret", kind, members=("ann", "bob"))
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        for member in (ann, bob):
            assert (await member.subscribe("secret"))["type"] == "ok"
        await ann.send("between us", room="secret")
        await bob.event("message.created")
        assert bob.texts("secret") == ["between us"]
        assert (await bob.ask("read.mark", room="secret", seq=1))["read_seq"] == 1
        assert (await bob.ask("typing.start", room="secret"))["type"] == "ok"


async def test_everybody_may_use_an_open_room_without_joining(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        await ann.subscribe()
        assert (await ann.send("hi"))["type"] == "ok"
    assert rows(acme, "SELECT user_id FROM chat_member") == []


async def test_the_same_ids_in_another_tenant_are_other_rooms_and_people(
    live: LiveServer, acme: Tenancy, globex: Tenancy
) -> None:
    for tenant in (acme, globex):
        make_room(tenant, "plans", "private", members=("ann", "bob"))
    fill(acme, 3, "plans", user="bob")
    async with person(live, acme, "ann") as ann, person(live, globex, "ann") as mallory:
        assert mallory.hello["rooms"] == [{"id": "plans", "last_seq": 0, "read_seq": 0}]
        assert (await mallory.subscribe("plans", since=0))["replayed"] == 0
        await ann.subscribe("plans")
        await mallory.send("from globex", room="plans", client_id="c1")
        await ann.send("from acme", room="plans", client_id="c1")
        await ann.ask("typing.start", room="plans")
        await ann.event("message.created", seq=4)
        await mallory.event("message.created", seq=1)
        await mallory.ask("ping")
        assert mallory.texts("plans") == ["from globex"]
        assert ann.texts("plans") == ["from acme"]
        assert [frame for frame in mallory.heard if frame["type"] == "typing.started"] == []


# Tokens that name their rooms


async def _with_rooms(live: LiveServer, tenant: Tenancy, *named: str) -> Person:
    protocols = ["parley.v1", f"bearer.{signed(tenant, 'ann', name='Ann', rooms=list(named))}"]
    someone = Person(await open_socket(live, tenant.host, subprotocols=protocols))
    someone.hello = await someone.next()
    return someone


async def test_a_token_that_names_a_private_room_opens_it_and_the_room_hears_of_it(
    live: LiveServer, acme: Tenancy
) -> None:
    make_room(acme, "case-7", "private", members=("bob",))
    async with person(live, acme, "bob") as bob:
        await bob.subscribe("case-7")
        ann = await _with_rooms(live, acme, "case-7")
        assert ann.hello["rooms"] == []
        answer = await ann.subscribe("case-7", since=0)
        assert (answer["last_seq"], answer["replayed"]) == (1, 1)
        joined = await bob.event("member.joined")
        assert joined.pop("created_at")
        assert joined == {
            "type": "member.joined",
            "room": "case-7",
            "seq": 1,
            "user": {"id": "ann", "name": "Ann"},
            "role": "member",
        }
        await ann.send("hi", room="case-7")
        await bob.event("message.created", seq=2)
        await ann.connection.close()
    assert rows(acme, "SELECT role FROM chat_member WHERE user_id = 'ann'") == [("member",)]


async def test_joining_by_token_is_announced_once(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "case-7", "private", members=("bob",))
    for _ in range(2):
        ann = await _with_rooms(live, acme, "case-7")
        await ann.subscribe("case-7")
        await ann.subscribe("case-7")
        await ann.connection.close()
    assert rows(acme, "SELECT seq FROM chat_message WHERE kind = 'member.joined'") == [(1,)]


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_token_that_names_rooms_opens_no_others(live: LiveServer, acme: Tenancy, command: str) -> None:
    make_room(acme, "mine", "private", members=("ann",))
    make_room(acme, "case-7", "private", members=("bob",))
    ann = await _with_rooms(live, acme, "case-7")
    assert ann.hello["rooms"] == []
    for room in ("general", "mine"):
        refusal = await ann.ask(command, room=room, **COMMANDS[command])
        assert (room, refusal["code"]) == (room, "not_allowed")
    await ann.connection.close()
    assert stored_texts(acme, "general") == stored_texts(acme, "mine") == []


async def test_a_token_that_names_no_room_opens_none(live: LiveServer, acme: Tenancy) -> None:
    ann = await _with_rooms(live, acme)
    assert (await ann.subscribe("general"))["code"] == "not_allowed"
    await ann.connection.close()


async def test_no_token_opens_a_conversation_between_others(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "between", "direct", members=("bob", "carol"))
    ann = await _with_rooms(live, acme, "between")
    assert (await ann.subscribe("between"))["code"] == "not_allowed"
    await ann.connection.close()
    assert rows(acme, "SELECT user_id FROM chat_member WHERE user_id = 'ann'") == []


async def test_a_named_open_room_is_open(live: LiveServer, acme: Tenancy) -> None:
    ann = await _with_rooms(live, acme, "general")
    assert (await ann.subscribe("general"))["type"] == "ok"
    assert (await ann.send("hi"))["type"] == "ok"
    await ann.connection.close()
    assert stored_texts(acme) == ["hi"]
