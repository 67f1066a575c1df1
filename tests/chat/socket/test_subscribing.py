"""Subscribing: the room's state, what came before, and from then on everything, each once and in order."""

from __future__ import annotations

import asyncio

from tests.support.cast import Tenancy
from tests.support.http import as_user
from tests.support.server import LiveServer
from tests.support.sockets import Person, person
from tests.support.tables import change, fill, make_room, rows, set_limits, stored_texts


def _seqs(someone: Person, room: str = "general") -> list[int]:
    return [frame["seq"] for frame in someone.durable(room)]


async def test_the_answer_describes_the_room(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 3)
    [(epoch,)] = rows(acme, "SELECT epoch FROM chat_room WHERE id = 'general'")
    async with person(live, acme) as ann:
        answer = await ann.subscribe()
    assert answer == {
        "type": "ok",
        "ref": 1,
        "room": "general",
        "epoch": epoch,
        "first_seq": 1,
        "last_seq": 3,
        "replayed": 0,
        "more": False,
    }


async def test_without_since_only_what_comes_is_heard(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 3)
    async with person(live, acme) as ann:
        await ann.subscribe()
        await ann.send("hi")
        await ann.event("message.created")
        assert _seqs(ann) == [4]


async def test_since_replays_what_came_after_it_right_behind_the_answer(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 7)
    async with person(live, acme) as ann:
        answer = await ann.subscribe(since=4)
        replayed = [await ann.event("message.created") for _ in range(3)]
        assert (answer["last_seq"], answer["replayed"], answer["more"]) == (7, 3, False)
        assert [frame["type"] for frame in ann.heard[1:]] == ["ok"] + ["message.created"] * 3
    assert [frame["seq"] for frame in replayed] == [5, 6, 7]
    assert [frame["message"]["text"] for frame in replayed] == ["5", "6", "7"]


async def test_a_replayed_event_is_the_same_as_the_live_one(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann", name="Ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        await ann.send("hi", client_id="c1")
        heard_live = await bob.event("message.created")
        await ann.subscribe(since=0)
        assert await ann.event("message.created") == heard_live


async def test_since_zero_replays_the_whole_room(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 4)
    async with person(live, acme) as ann:
        assert (await ann.subscribe(since=0))["replayed"] == 4
        await ann.event("message.created", seq=4)
        assert _seqs(ann) == [1, 2, 3, 4]


async def test_since_beyond_the_end_replays_nothing_and_hears_what_comes(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 2)
    async with person(live, acme) as ann:
        answer = await ann.subscribe(since=1_000)
        assert (answer["last_seq"], answer["replayed"], answer["more"]) == (2, 0, False)
        await ann.send("hi")
        await ann.event("message.created", seq=3)
        assert _seqs(ann) == [3]


async def test_the_same_epoch_continues_and_another_begins_anew(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    async with person(live, acme) as ann:
        epoch = (await ann.subscribe(since=4))["epoch"]
        assert (await ann.subscribe(since=4, epoch=epoch))["replayed"] == 1
        change(acme, "UPDATE chat_room SET epoch = 'e_restored'")
        answer = await ann.subscribe(since=4, epoch=epoch)
        assert (answer["epoch"], answer["replayed"]) == ("e_restored", 5)


async def test_exactly_500_events_are_replayed_at_once(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 500)
    async with person(live, acme) as ann:
        answer = await ann.subscribe(since=0)
        assert (answer["replayed"], answer["more"]) == (500, False)
        await ann.event("message.created", seq=500)
        assert _seqs(ann) == list(range(1, 501))


async def test_beyond_500_there_is_more_and_rest_pages_it_without_a_hole(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 751)
    async with person(live, acme) as ann:
        answer = await ann.subscribe(since=0)
        assert (answer["replayed"], answer["more"], answer["last_seq"]) == (500, True, 751)
        await ann.event("message.created", seq=500)
        await ann.send("live")
        await ann.event("message.created", seq=752)
        assert _seqs(ann) == [*range(1, 501), 752]
    paged = []
    after, client = 500, as_user(live, acme, "u1")
    while True:
        page = client.get(f"/api/v1/rooms/general/messages?after_seq={after}&limit=200").json
        paged += [message["seq"] for message in page["data"]]
        if page["next"] is None:
            break
        after = paged[-1]
    assert paged == list(range(501, 753))


async def test_subscribing_again_replaces_and_never_doubles(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        for _ in range(3):
            assert (await ann.subscribe())["type"] == "ok"
        await ann.send("hi")
        await ann.event("message.created")
        await ann.ask("ping")
        assert _seqs(ann) == [1]


async def test_subscribing_again_replays_again(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 2)
    async with person(live, acme) as ann:
        assert (await ann.subscribe(since=0))["replayed"] == 2
        assert (await ann.subscribe(since=1))["replayed"] == 1
        await ann.ask("ping")
        assert _seqs(ann) == [1, 2, 2]


async def test_after_unsubscribing_nothing_is_heard(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await ann.subscribe()
        await bob.subscribe()
        assert await ann.ask("room.unsubscribe", room="general") == {"type": "ok", "ref": 2, "room": "general"}
        await bob.send("hi")
        await bob.event("message.created")
        await ann.ask("ping")
        assert _seqs(ann) == []
        assert (await ann.subscribe(since=0))["replayed"] == 1


async def test_unsubscribing_from_nothing_is_said(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        assert (await ann.ask("room.unsubscribe", room="general"))["code"] == "not_subscribed"


async def test_two_sockets_of_one_user_both_hear_everything(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as phone, person(live, acme, "ann") as laptop:
        await phone.subscribe()
        await laptop.subscribe()
        await phone.send("from the phone")
        for device in (phone, laptop):
            assert (await device.event("message.created"))["message"]["text"] == "from the phone"


async def test_events_of_two_rooms_do_not_mix(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "other")
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await ann.subscribe("general")
        await bob.send("elsewhere", room="other")
        await bob.send("here")
        await ann.event("message.created")
        assert (ann.texts("general"), ann.texts("other")) == (["here"], [])


async def test_a_replay_that_races_with_senders_has_no_hole_and_no_repeat(live: LiveServer, acme: Tenancy) -> None:
    """Listeners come in, again and again, while two people write without a pause."""
    set_limits(acme, sends_per_second=10_000, send_burst=10_000)
    fill(acme, 50)
    total = 50 + 2 * 150

    async def write(name: str) -> None:
        async with person(live, acme, name) as writer:
            for number in range(150):
                await writer.send(f"{name} {number}")

    async def come_in(number: int) -> list[int]:
        async with person(live, acme, f"listener{number}") as listener:
            for since in (0, 20, 40):
                await listener.subscribe(since=since)
            await listener.event("message.created", seq=total)
            last_answer = max(index for index, frame in enumerate(listener.heard) if frame["type"] == "ok")
            return [frame["seq"] for frame in listener.heard[last_answer + 1 :] if frame["type"] == "message.created"]

    results = await asyncio.gather(write("ann"), write("bob"), *(come_in(number) for number in range(6)))
    for heard in results[2:]:
        assert heard == list(range(41, total + 1))
    assert len(stored_texts(acme)) == total
