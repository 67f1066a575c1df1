"""What happened is told: all of it, in a room's order, to each endpoint on its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from chat.webhooks import endpoints, lanes
from tenants.scope import tenant_scope
from tests.chat.webhooks.conftest import Clock, Telling
from tests.support.cast import Tenancy
from tests.support.receiver import Heard, Receiver, Reply, receiver
from tests.support.tables import change, fill, make_room, rows


def _numbers(low: int, high: int) -> list[str]:
    return [str(number) for number in range(low, high + 1)]


async def test_an_event_arrives_signed_and_as_the_socket_tells_it(telling: Telling, shop: Receiver) -> None:
    _, secret = await telling.endpoint(shop.url)
    telling.happen(1)
    await telling.work()
    [heard] = shop.heard
    assert heard.json == Webhook(secret).verify(heard.body, heard.headers)
    assert heard.json.keys() == {"type", "timestamp", "data"}
    assert datetime.fromisoformat(heard.json["timestamp"]).tzinfo is not None
    event = heard.json["data"]
    assert (heard.json["type"], event["type"], event["room"], event["seq"]) == (*["message.created"] * 2, "general", 1)
    assert (event["message"]["text"], event["message"]["user"]) == ("1", {"id": "writer", "name": "Writer"})
    assert heard.id.startswith("evt_")
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(heard.body.replace(b'"1"', b'"2"'), heard.headers)


async def test_a_receiver_that_is_down_for_an_hour_while_workers_die_misses_nothing(
    telling: Telling, shop: Receiver
) -> None:
    """At least once each, in the room's order, over two rooms, with a worker killed between a request and its note."""
    make_room(telling.tenant, "plans")
    await telling.endpoint(shop.url)
    telling.happen(3)
    await telling.work()
    shop.down = True
    began = telling.clock.at
    for _ in range(12):
        telling.happen(2)
        telling.happen(1, "plans")
        await telling.work_for(step=timedelta(minutes=5), until=telling.clock.at + timedelta(minutes=5))
    assert telling.clock.at - began == timedelta(hours=1)
    assert len(shop.heard) == 3
    assert telling.waiting() == 36

    shop.down, answered = False, asyncio.Event()

    async def answer_and_see_it_die(heard: Heard) -> Reply:
        if len(shop.heard) == 8:
            answered.set()
            await asyncio.sleep(0.05)
        return Reply()

    shop.behaviour = answer_and_see_it_die
    telling.clock.pass_by(hours=3)
    await telling.work_until_killed(answered)
    assert telling.waiting() > 0
    shop.always(204)
    await telling.work_for(step=timedelta(minutes=1), until=telling.clock.at + timedelta(minutes=3))
    assert telling.waiting() == 0
    assert list(dict.fromkeys(shop.texts())) == _numbers(1, 27)
    assert list(dict.fromkeys(shop.texts("plans"))) == _numbers(1, 12)
    again = [heard for heard in shop.heard if [other.id for other in shop.heard].count(heard.id) > 1]
    assert len(again) >= 2
    assert len({heard.body for heard in again}) == len({heard.id for heard in again})
    assert rows(telling.tenant, "SELECT count(*) FROM chat_webhooklane") == [(0,)]


async def test_a_worker_that_dies_before_it_begins_loses_nothing(telling: Telling, shop: Receiver) -> None:
    """Killed in the middle of the dispatch: the outbox is as it was."""
    await telling.endpoint(shop.url)
    telling.happen(5)
    worker = asyncio.create_task(telling.work())
    for _ in range(4):
        await asyncio.sleep(0)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    telling.clock.pass_by(minutes=2)
    await telling.work()
    assert list(dict.fromkeys(shop.texts())) == _numbers(1, 5)


async def test_a_failure_holds_back_its_room_and_no_other(telling: Telling, shop: Receiver) -> None:
    make_room(telling.tenant, "plans")
    await telling.endpoint(shop.url)

    async def refuse_one(heard: Heard) -> Reply:
        return Reply(500 if heard.json["data"]["room"] == "general" and heard.text == "2" else 200)

    shop.behaviour = refuse_one
    telling.happen(4)
    telling.happen(4, "plans")
    await telling.work()
    assert shop.texts() == ["1", "2"]
    assert shop.texts("plans") == _numbers(1, 4)
    shop.always(200)
    await telling.work()
    assert shop.texts() == ["1", "2"]
    telling.clock.pass_by(seconds=6)
    await telling.work()
    assert shop.texts() == ["1", "2", "2", "3", "4"]


async def test_a_slow_endpoint_delays_nobody(telling: Telling, shop: Receiver) -> None:
    async with receiver() as slow:
        waited = asyncio.Event()

        async def dawdle(heard: Heard) -> Reply:
            await waited.wait()
            return Reply()

        slow.behaviour = dawdle
        for number in range(6):
            make_room(telling.tenant, f"room-{number}")
        await telling.endpoint(slow.url)
        await telling.endpoint(shop.url)
        for number in range(6):
            telling.happen(3, f"room-{number}")
        worker = asyncio.create_task(telling.work())
        async with asyncio.timeout(10):
            while len(shop.heard) < 18:
                await asyncio.sleep(0.01)
            assert len(slow.heard) == lanes.MOST_PER_ENDPOINT
            telling.happen(1, "room-0")
            while len(shop.heard) < 19:
                await telling.work()
            waited.set()
            await worker
            await telling.work()
        for number in range(6):
            assert slow.texts(f"room-{number}") == shop.texts(f"room-{number}") == _numbers(1, 3 if number else 4)


async def test_many_workers_at_once_send_each_event_once_and_in_order(telling: Telling, shop: Receiver) -> None:
    for number in range(3):
        make_room(telling.tenant, f"room-{number}")
    await telling.endpoint(shop.url)
    for _ in range(4):
        for number in range(3):
            telling.happen(10, f"room-{number}")
        await asyncio.gather(*(telling.work() for _ in range(4)))
    await telling.work()
    for number in range(3):
        assert shop.texts(f"room-{number}") == _numbers(1, 40)


async def test_an_endpoint_hears_of_the_types_that_it_wants(telling: Telling, shop: Receiver) -> None:
    async with receiver() as other:
        await telling.endpoint(shop.url, "message.deleted", "member.joined")
        await telling.endpoint(other.url, "message.created")
        telling.happen(2)
        change(telling.tenant, "UPDATE chat_message SET deleted_at = now(), changed_seq = 3 WHERE seq = 1")
        change(
            telling.tenant,
            "INSERT INTO chat_outboxevent (type, room_id, message_id, seq)"
            " SELECT 'message.deleted', room_id, id, 3 FROM chat_message WHERE seq = 1",
        )
        await telling.work()
        [heard] = shop.heard
        assert (heard.json["type"], heard.json["data"]["type"], heard.json["data"]["seq"]) == (
            *["message.deleted"] * 2,
            3,
        )
        assert [(heard.json["type"], heard.text) for heard in other.heard] == [
            ("message.created", ""),
            ("message.created", "2"),
        ]


async def test_what_happens_while_nobody_is_enabled_is_told_to_nobody(telling: Telling, shop: Receiver) -> None:
    endpoint_id, _ = await telling.endpoint(shop.url)
    with tenant_scope(telling.tenant.record):
        await endpoints.update(endpoint_id, enabled=False)
    telling.happen(2)
    await telling.work()
    assert (shop.heard, telling.waiting()) == ([], 0)


async def test_while_secrets_rotate_each_of_the_two_verifies(telling: Telling, shop: Receiver) -> None:
    endpoint_id, old = await telling.endpoint(shop.url)
    with tenant_scope(telling.tenant.record):
        _, new = await endpoints.rotate(endpoint_id, telling.clock())
    telling.happen(1)
    await telling.work()
    for secret in (old, new):
        Webhook(secret).verify(shop.heard[0].body, shop.heard[0].headers)
    assert len(shop.heard[0].headers["webhook-signature"].split(" ")) == 2
    with tenant_scope(telling.tenant.record):
        await endpoints.rotate(endpoint_id, telling.clock() - timedelta(hours=25))
        receiving = await endpoints.receiver(endpoint_id, telling.clock())
    assert len(receiving.secrets()) == 1
    assert not {old, new} & set(receiving.secrets())


async def test_two_tenants_hear_only_of_themselves(acme: Tenancy, globex: Tenancy, shop: Receiver) -> None:
    async with receiver() as other:
        ours, theirs = Telling(acme, Clock()), Telling(globex, Clock())
        await ours.endpoint(shop.url)
        await theirs.endpoint(other.url)
        ours.happen(2)
        theirs.happen(3)
        await asyncio.gather(ours.work(), theirs.work())
        assert (len(shop.heard), len(other.heard)) == (2, 3)
        assert not {heard.id for heard in shop.heard} & {heard.id for heard in other.heard}
        assert (ours.waiting(), theirs.waiting()) == (0, 0)


async def test_a_room_that_is_gone_is_told_of_no_more(telling: Telling, shop: Receiver) -> None:
    await telling.endpoint(shop.url)
    telling.happen(1)
    change(telling.tenant, "DELETE FROM chat_message")
    fill(telling.tenant, 1)
    await telling.work()
    assert (shop.heard, telling.waiting()) == ([], 0)


async def test_an_endpoint_inside_the_house_is_never_called(telling: Telling, shop: Receiver) -> None:
    """Its name led elsewhere when it was made, or somebody wrote the row by hand."""
    await telling.endpoint(shop.url)
    change(telling.tenant, "UPDATE chat_webhookendpoint SET url = replace(url, '127.0.0.1', '127.0.0.2')")
    telling.happen(1)
    await telling.work()
    assert shop.heard == []
    [(status, answer)] = rows(telling.tenant, "SELECT status, answer FROM chat_webhookdelivery")
    assert (status, answer) == (None, "only https URLs are called")


def test_the_clock_of_these_tests_is_todays() -> None:
    """Signatures of another day would not verify."""
    assert abs(Clock().at - datetime.now(UTC)) < timedelta(minutes=1)
