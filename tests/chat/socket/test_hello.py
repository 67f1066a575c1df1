"""The first frame, and every way to come to it."""

from __future__ import annotations

import json

from tests.support.cast import Tenancy
from tests.support.http import signed_in
from tests.support.server import LiveServer
from tests.support.sockets import open_socket, person
from tests.support.tables import fill, make_room, make_user, rows
from tests.support.tokens import signed


async def test_hello_says_who_one_is_and_how_far_one_has_read(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    fill(acme, 5, "plans", user="bob")
    async with person(live, acme, "ann", name="Ann") as ann:
        await ann.ask("read.mark", room="plans", seq=3)
    async with person(live, acme, "ann") as again:
        hello = again.hello
    connection = hello.pop("connection")
    assert connection.startswith("c_")
    assert hello == {
        "type": "hello",
        "user": {"id": "ann", "name": "Ann"},
        "heartbeat": 25,
        "rooms": [{"id": "plans", "last_seq": 5, "read_seq": 3}],
    }


async def test_hello_names_only_rooms_that_one_is_a_member_of(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private", members=("bob",))
    make_room(acme, "mine", "private", members=("ann",))
    async with person(live, acme, "ann") as ann:
        assert [room["id"] for room in ann.hello["rooms"]] == ["mine"]


async def test_each_connection_has_an_id_of_its_own(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as one, person(live, acme, "ann") as two:
        assert one.hello["connection"] != two.hello["connection"]


async def test_a_token_brings_the_picture_along(live: LiveServer, acme: Tenancy) -> None:
    token = signed(acme, "ann", name="Ann", avatar="https://acme.test/ann.png")
    async with open_socket(live, acme.host, subprotocols=["parley.v1", f"bearer.{token}"]) as connection:
        hello = json.loads(await connection.recv())
    assert hello["user"] == {"id": "ann", "name": "Ann", "avatar": "https://acme.test/ann.png"}


async def test_a_token_without_a_name_leaves_the_known_name(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann", "Ann Arbor")
    async with person(live, acme, "ann") as ann:
        assert ann.hello["user"] == {"id": "ann", "name": "Ann Arbor"}


async def test_a_user_without_a_name_is_called_by_the_id(live: LiveServer, acme: Tenancy) -> None:
    user = "u" * 128
    async with person(live, acme, user) as someone:
        assert someone.hello["user"] == {"id": user, "name": "u" * 120}


async def test_a_new_name_in_the_token_is_the_users_name(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann", "Ann Arbor")
    async with person(live, acme, "ann", name="Ann Marie") as ann:
        assert ann.hello["user"]["name"] == "Ann Marie"
    assert rows(acme, "SELECT name FROM chat_user WHERE id = 'ann'") == [("Ann Marie",)]


async def test_user_id_is_accepted_in_the_place_of_sub(live: LiveServer, acme: Tenancy) -> None:
    token = signed(acme, sub=None, user_id="ann")
    async with open_socket(live, acme.host, subprotocols=["parley.v1", f"bearer.{token}"]) as connection:
        assert json.loads(await connection.recv())["user"]["id"] == "ann"


async def test_the_answer_names_the_protocol_and_never_the_token(live: LiveServer, acme: Tenancy) -> None:
    protocols = ["parley.v1", f"bearer.{acme.token('ann')}"]
    async with open_socket(live, acme.host, subprotocols=protocols) as connection:
        assert connection.subprotocol == "parley.v1"
        assert json.loads(await connection.recv())["type"] == "hello"


async def test_a_token_may_stand_in_the_query(live: LiveServer, acme: Tenancy) -> None:
    async with open_socket(live, acme.host, f"/ws/v1?token={acme.token('ann')}") as connection:
        assert connection.subprotocol is None
        assert json.loads(await connection.recv())["user"]["id"] == "ann"


async def test_the_protocol_in_the_header_wins_over_the_query(live: LiveServer, acme: Tenancy) -> None:
    protocols = ["parley.v1", f"bearer.{acme.token('ann')}"]
    path = f"/ws/v1?token={acme.token('bob')}"
    async with open_socket(live, acme.host, path, subprotocols=protocols) as connection:
        assert json.loads(await connection.recv())["user"]["id"] == "ann"


async def test_a_signed_in_account_comes_in_with_its_cookie(live: LiveServer, acme: Tenancy) -> None:
    account = await acme.aaccount("ann")
    client = signed_in(live, acme, account.email)
    async with open_socket(
        live, acme.host, additional_headers=client.cookie_header, origin=client.origin
    ) as connection:
        hello = json.loads(await connection.recv())
    assert hello["user"] == {"id": account.id, "name": "Ann"}
