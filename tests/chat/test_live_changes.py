"""Whoever listens hears of every change to a message once, in order; whoever comes later finds the result."""

from __future__ import annotations

from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import make_user


async def test_changes_are_heard_in_order_and_replayed_as_they_ended(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        parent = await ann.send("**parent** @bob", data={"a": 1})
        reply = await ann.send("reply", parent=parent["id"], quote=parent["id"])
        await ann.ask("message.edit", room="general", id=parent["id"], text="plain")
        await ann.ask("reaction.add", room="general", id=parent["id"], emoji="👍")
        await ann.ask("message.delete", room="general", id=reply["id"])
        await bob.event("message.deleted")
        heard = bob.durable()
        assert [(event["type"], event["seq"], event["message"]["seq"]) for event in heard] == [
            ("message.created", 1, 1),
            ("message.created", 2, 2),
            ("message.updated", 3, 1),
            ("message.updated", 4, 1),
            ("message.updated", 5, 1),
            ("message.deleted", 6, 2),
        ]
        first, second, threaded, edited, liked, deleted = (event["message"] for event in heard)
        assert (first["html"], first["mentions"], first["data"]) == (
            "<p><strong>parent</strong> @bob</p>",
            ["bob"],
            {"a": 1},
        )
        assert second["parent"] == second["quote"]["id"] == parent["id"]
        assert second["quote"] == {
            "id": parent["id"],
            "seq": 1,
            "user": {"id": "ann", "name": "ann"},
            "text": "**parent** @bob",
        }
        assert threaded == first | {"reply_count": 1, "last_repliers": ["ann"]}
        assert (edited["text"], "html" in edited, edited["edited_at"] is None) == ("plain", False, False)
        assert liked == edited | {"reactions": [{"emoji": "👍", "count": 1, "users": ["ann"]}]}
        assert (deleted["deleted"], deleted["text"], deleted["parent"]) == (True, "", parent["id"])
        async with person(live, acme, "carol") as carol:
            await carol.subscribe(since=0)
            replayed = [await carol.event("message.updated"), await carol.event("message.deleted")]
    assert [(event["seq"], event["message"]) for event in replayed] == [(5, liked), (6, deleted)]


async def test_a_room_full_of_replies_is_told_without_a_hole(live: LiveServer, acme: Tenancy) -> None:
    """Many replies in one transaction: their parents' seqs come after all of theirs."""
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        parents = [(await ann.send(f"parent {number}"))["id"] for number in range(3)]
        refs = [await ann.say("message.send", room="general", text="re", parent=parents[n % 3]) for n in range(20)]
        answers = await ann.answers(refs)
        assert {answer["type"] for answer in answers} == {"ok"}
        await bob.until(lambda frame: frame.get("message", {}).get("reply_count") == 6)
        heard = [event["seq"] for event in bob.durable()]
    assert heard == list(range(1, len(heard) + 1))


async def test_over_rest_a_message_is_shown_changed_and_taken_back(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "bob")
    ann, server = as_user(live, acme, "ann"), as_server(live, acme)
    messages = "/api/v1/rooms/general/messages"
    made = ann.post(messages, {"text": "hi @room", "data": {"a": 1}}).json
    one = f"{messages}/{made['id']}"
    shown = ann.get(one).json
    assert (shown["text"], shown["mentions_room"], shown["reactions"], shown["quote"]) == ("hi @room", False, [], None)
    edited = ann.patch(one, {"text": "**hi**"}).json
    assert (edited["html"], edited["data"]) == ("<p><strong>hi</strong></p>", {"a": 1})
    assert ann.patch(one, {"data": None}).json["data"] is None
    assert [edit["text"] for edit in server.get(f"{one}/edits").json["data"]] == ["hi @room", "**hi**"]
    assert server.put(f"{one}/reactions/%F0%9F%91%8D").code == "not_allowed"
    assert server.put(f"{one}/reactions/%F0%9F%91%8D?user=bob").status == 204
    assert ann.get(one).json["reactions"] == [{"emoji": "👍", "count": 1, "users": ["bob"]}]
    assert ann.put(f"{one}/pin").code == "not_allowed"
    assert server.put(f"{one}/pin").status == 204
    assert [pinned["id"] for pinned in ann.get("/api/v1/rooms/general/pins").json["data"]] == [made["id"]]
    assert server.delete(f"{one}/pin").status == 204
    replies = [ann.post(messages, {"text": str(number), "parent": made["id"]}).json["id"] for number in range(3)]
    page = ann.get(f"{one}/replies?limit=2").json
    rest = ann.get(f"{one}/replies?limit=2&cursor={page['next']}").json
    assert [reply["id"] for reply in page["data"] + rest["data"]] == replies
    assert rest["next"] is None
    assert ann.delete(one).status == 204
    gone = ann.get(one).json
    assert (gone["deleted"], gone["text"], gone["reply_count"]) == (True, "", 3)
    assert ann.patch(one, {"text": "back"}).code == "message_deleted"


async def test_system_messages_are_the_servers(live: LiveServer, acme: Tenancy) -> None:
    messages = "/api/v1/rooms/general/messages"
    server = as_server(live, acme)
    async with person(live, acme, "bob") as bob:
        await bob.subscribe()
        assert server.post(messages, {"text": "maintenance at 5 @room", "kind": "system"}).status == 201
        message = (await bob.event("message.created"))["message"]
    assert (message["kind"], message["user"], message["mentions_room"]) == ("system", None, True)
    assert as_user(live, acme, "ann").post(messages, {"text": "hi", "kind": "system"}).code == "not_allowed"
    assert server.post(messages, {"text": "hi", "kind": "system", "client_id": "c"}).code == "invalid"
    assert server.post(messages, {"text": "hi"}).code == "not_allowed"
