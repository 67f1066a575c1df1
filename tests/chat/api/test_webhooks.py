"""Webhook endpoints and the hook over REST: the server's alone, secrets shown once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook

from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, as_user, with_session
from tests.support.receiver import Receiver, receiver
from tests.support.server import LiveServer
from tests.support.tables import change, rows

WEBHOOKS = "/api/v1/webhooks"
HOOK = "/api/v1/settings/before-send"


@pytest.fixture
def shop() -> Iterator[Receiver]:
    """A receiver in a thread of its own, beside this test's blocking client."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    made: list[Receiver] = []
    over = asyncio.Event()

    async def serve() -> None:
        async with receiver() as running:
            made.append(running)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(5)
    yield made[0]
    loop.call_soon_threadsafe(over.set)
    thread.join()
    loop.close()


def _make(client: Client, url: str, **fields: object) -> dict[str, object]:
    answer = client.post(WEBHOOKS, {"url": url, **fields})
    assert answer.status == 201, answer.text
    made: dict[str, object] = answer.json
    return made


def test_an_endpoint_is_made_shown_changed_and_deleted(live: LiveServer, acme: Tenancy, shop: Receiver) -> None:
    server = as_server(live, acme)
    made = _make(server, shop.url, events=["message.created"], description="The shop")
    secret = str(made.pop("secret"))
    path = f"{WEBHOOKS}/{made['id']}"
    assert secret.startswith("whsec_")
    assert server.get(path).json == made
    assert server.get(WEBHOOKS).json == {"data": [made], "next": None}
    assert (made["enabled"], made["events"], made["disabled_reason"]) == (True, ["message.created"], "")
    changed = server.ask("PATCH", path, json={"events": [], "enabled": False}).json
    assert changed == {**made, "events": [], "enabled": False}
    assert secret not in server.get(WEBHOOKS).text
    sealed = rows(acme, "SELECT sealed_secret FROM chat_webhookendpoint")[0][0]
    assert secret.removeprefix("whsec_") not in sealed
    assert server.ask("DELETE", path).status == 204
    assert server.get(path).code == "webhook_not_found"


def test_a_test_call_tells_what_came_back(live: LiveServer, acme: Tenancy, shop: Receiver) -> None:
    server = as_server(live, acme)
    made = _make(server, shop.url)
    path = f"{WEBHOOKS}/{made['id']}/test"
    shop.always(202, b"hello yourself")
    answer = server.post(path).json
    assert (answer["status"], answer["answer"]) == (202, "hello yourself")
    [heard] = shop.heard
    ping = Webhook(str(made["secret"])).verify(heard.body, heard.headers)
    assert (ping["type"], ping["data"]) == ("ping", {"webhook": made["id"]})
    shop.down = True
    answer = server.post(path).json
    assert (answer["status"], answer["answer"]) == (None, "the exchange broke off")


def test_rotation_shows_a_new_secret_and_keeps_the_old_for_a_day(
    live: LiveServer, acme: Tenancy, shop: Receiver
) -> None:
    server = as_server(live, acme)
    made = _make(server, shop.url)
    answer = server.post(f"{WEBHOOKS}/{made['id']}/rotate")
    rotated = answer.json
    assert answer.headers["Cache-Control"] == "no-store"
    assert rotated["rotating_until"] is not None
    server.post(f"{WEBHOOKS}/{made['id']}/test")
    for secret in (made["secret"], rotated["secret"]):
        Webhook(str(secret)).verify(shop.heard[0].body, shop.heard[0].headers)


def test_the_log_is_paged_and_replayed(live: LiveServer, acme: Tenancy, shop: Receiver) -> None:
    server = as_server(live, acme)
    webhook = str(_make(server, shop.url)["id"])
    change(
        acme,
        "INSERT INTO chat_webhookdelivery (endpoint_id, message_id, type, room_id, body, due_at, delivered_at, status)"
        " SELECT %s, 'evt_' || n, 'message.created', 'general', '{}', NULL, now(), 200 FROM generate_series(1, 3) n",
        webhook,
    )
    path = f"{WEBHOOKS}/{webhook}/deliveries"
    first = server.get(f"{path}?limit=2").json
    rest = server.get(f"{path}?limit=2&cursor={first['next']}").json
    assert [each["id"] for each in first["data"] + rest["data"]] == ["evt_3", "evt_2", "evt_1"]
    assert (first["data"][0]["state"], first["data"][0]["room"], rest["next"]) == ("delivered", "general", None)
    assert server.get(f"{path}?cursor=x").code == "bad_cursor"
    assert server.post(f"{path}/evt_2/replay").status == 202
    assert [each["state"] for each in server.get(path).json["data"]] == ["delivered", "pending", "delivered"]
    assert rows(acme, "SELECT endpoint_id, room_id FROM chat_webhooklane") == [(webhook, "general")]


BAD_ENDPOINTS = {
    "no url": ({}, "invalid"),
    "an empty url": ({"url": ""}, "invalid"),
    "a url with NUL": ({"url": "https://a.example/\x00"}, "invalid"),
    "plain http": ({"url": "http://hooks.example.com/"}, "url_refused"),
    "loopback": ({"url": "https://127.0.0.2/"}, "url_refused"),
    "a word": ({"url": "hooks"}, "url_refused"),
    "an event that nobody knows": ({"url": "https://a.example/", "events": ["user.born"]}, "invalid"),
    "a secret of one's own": ({"url": "https://a.example/", "secret": "whsec_x"}, "invalid"),
}


@pytest.mark.parametrize(("body", "code"), BAD_ENDPOINTS.values(), ids=BAD_ENDPOINTS)
def test_a_bad_endpoint_is_refused(live: LiveServer, standing: Tenancy, body: dict[str, object], code: str) -> None:
    server = as_server(live, standing)
    assert server.post(WEBHOOKS, body).code == code
    assert rows(standing, "SELECT count(*) FROM chat_webhookendpoint") == [(0,)]


def test_twenty_endpoints_are_enough(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    _make(server, "https://hooks.example.com/")
    change(
        acme,
        "INSERT INTO chat_webhookendpoint (id, url, sealed_secret)"
        " SELECT 'we_' || n, 'https://hooks.example.com/', '' FROM generate_series(2, 20) n",
    )
    answer = server.post(WEBHOOKS, {"url": "https://hooks.example.com/"})
    assert (answer.status, answer.code) == (402, "plan_limit_reached")


def _every_route(client: Client, webhook: str) -> dict[str, Answer]:
    path = f"{WEBHOOKS}/{webhook}"
    return {
        "show": client.get(path),
        "change": client.ask("PATCH", path, json={"enabled": False}),
        "rotate": client.post(f"{path}/rotate"),
        "test": client.post(f"{path}/test"),
        "log": client.get(f"{path}/deliveries"),
        "replay": client.post(f"{path}/deliveries/evt_1/replay"),
        "delete": client.ask("DELETE", path),
    }


def test_only_the_tenants_own_server_may(live: LiveServer, acme: Tenancy, globex: Tenancy, shop: Receiver) -> None:
    made = _make(as_server(live, acme), shop.url)
    webhook = str(made["id"])
    for client, code in (
        (as_user(live, acme, "ann"), "not_allowed"),
        (Client(live, acme.host), "token_missing"),
        (as_server(live, globex), "webhook_not_found"),
    ):
        assert {answer.code for answer in _every_route(client, webhook).values()} == {code}
    ann = as_user(live, acme, "ann")
    for answer in (
        ann.get(WEBHOOKS),
        ann.post(WEBHOOKS, {"url": shop.url}),
        ann.get(HOOK),
        ann.put(HOOK, {"url": "x"}),
    ):
        assert answer.code == "not_allowed"
    assert with_session(live, acme, acme.account("olga")).get(WEBHOOKS).code == "not_allowed"
    assert as_server(live, globex).get(WEBHOOKS).json["data"] == []
    assert (shop.heard, as_server(live, acme).get(f"{WEBHOOKS}/{webhook}").json["enabled"]) == ([], True)


def test_the_hook_is_set_shown_and_removed(live: LiveServer, acme: Tenancy, shop: Receiver) -> None:
    server = as_server(live, acme)
    assert server.get(HOOK).code == "webhook_not_found"
    made = server.put(HOOK, {"url": shop.url, "fail_open": False, "timeout_ms": 250}).json
    assert made.pop("secret").startswith("whsec_")
    assert made == server.get(HOOK).json == {"url": shop.url, "fail_open": False, "timeout_ms": 250}
    assert server.put(HOOK, {"url": "http://10.0.0.1/"}).code == "url_refused"
    assert server.put(HOOK, {"url": shop.url, "timeout_ms": 501}).code == "invalid"
    assert server.ask("DELETE", HOOK).status == 204
    assert server.get(HOOK).code == "webhook_not_found"
