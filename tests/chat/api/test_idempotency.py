"""``Idempotency-Key``: the same request once more is answered as it was the first time."""

from __future__ import annotations

import threading

import pytest

from chat.tasks import remove_old_answers
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import change, held_room, make_user, rows, set_limits, stored_texts

ROOMS = "/api/v1/rooms"
MESSAGES = "/api/v1/rooms/general/messages"


def _post(client: Client, key: str, body: object = None, path: str = ROOMS) -> Answer:
    return client.post(path, {} if body is None else body, **{"Idempotency-Key": key})


def _made(tenant: Tenancy) -> int:
    [(count,)] = rows(tenant, "SELECT count(*) FROM chat_room WHERE id <> 'general'")
    return int(count)


def _kept(tenant: Tenancy) -> list[tuple[object, ...]]:
    return rows(tenant, "SELECT key, status FROM chat_storedanswer ORDER BY id")


def test_a_repeat_gets_the_first_answer_to_the_byte_and_nothing_is_done_twice(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    first, second = _post(server, "k1", {"name": "Plans"}), _post(server, "k1", {"name": "Plans"})
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    assert _made(acme) == 1


def test_without_a_key_or_with_another_it_is_another_request(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    ids = {_post(server, key).json["id"] for key in ("k1", "k2")} | {server.post(ROOMS, {}).json["id"]}
    assert len(ids) == _made(acme) == 3


def test_a_refusal_is_kept_too(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    first = _post(server, "k1", {"members": ["ann"]})
    make_user(acme, "ann")
    second = _post(server, "k1", {"members": ["ann"]})
    assert (first.code, second.code) == ("user_not_found", "user_not_found")
    assert second.body == first.body
    assert _post(server, "k2", {"members": ["ann"]}).status == 201


def test_the_same_key_with_another_request_is_a_mismatch(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    make_user(acme, "ann")
    _post(server, "k1", {"name": "Plans"})
    others = [
        _post(server, "k1", {"name": "Planes"}),
        _post(server, "k1", {"name": "Plans"}, path=f"{ROOMS}?x=1"),
        _post(server, "k1", {"text": "hi", "user": "ann"}, path=MESSAGES),
    ]
    assert [(other.status, other.code) for other in others] == [(422, "idempotency_mismatch")] * 3
    assert _made(acme) == 1


def test_a_key_is_its_callers_own(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    callers = [as_server(live, acme), as_user(live, acme, "ann"), as_user(live, acme, "bob"), as_server(live, globex)]
    ids = {_post(caller, "k1").json["id"] for caller in callers}
    assert len(ids) == 4


def test_keys_may_be_quoted_as_the_draft_has_them(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    assert _post(server, '"k1"').body == _post(server, "k1").body


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ä", '""'])
def test_what_is_no_key_is_refused(live: LiveServer, acme: Tenancy, key: str) -> None:
    answer = _post(as_server(live, acme), key)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.json["errors"] == [{"field": "Idempotency-Key", "code": "invalid"}]


def test_other_methods_pay_no_heed_to_it(live: LiveServer, acme: Tenancy) -> None:
    server, key = as_server(live, acme), {"Idempotency-Key": "k1"}
    assert server.put("/api/v1/users/ann", {"name": "Ann"}, **key).json["name"] == "Ann"
    assert server.put("/api/v1/users/ann", {"name": "Bob"}, **key).json["name"] == "Bob"
    assert _kept(acme) == []


def test_while_the_first_runs_a_repeat_is_told_so(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    server, body, answers = as_server(live, acme), {"text": "hi", "user": "ann"}, []
    first = threading.Thread(target=lambda: answers.append(_post(server, "k1", body, MESSAGES)))
    with held_room(acme, "general"):
        first.start()
        while not _kept(acme):
            pass
        busy = _post(server, "k1", body, MESSAGES)
    first.join()
    assert (busy.status, busy.code, busy.headers["Retry-After"]) == (409, "idempotency_busy", "1")
    assert answers[0].status == 201
    assert _post(server, "k1", body, MESSAGES).body == answers[0].body
    assert stored_texts(acme) == ["hi"]


def test_a_client_that_hangs_up_finds_the_answer_when_it_comes_again(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    server, body = as_server(live, acme), {"text": "hi", "user": "ann"}
    with held_room(acme, "general"):
        with pytest.raises(TimeoutError):
            Client(live, acme.host, server.headers, patience=0.3).post(MESSAGES, body, **{"Idempotency-Key": "k1"})
        assert _kept(acme) == [("k1", None)]
    while _kept(acme) == [("k1", None)]:
        pass
    repeat = _post(server, "k1", body, MESSAGES)
    assert (repeat.status, repeat.headers["Idempotent-Replayed"]) == (201, "true")
    assert stored_texts(acme) == ["hi"]


def test_a_request_that_died_may_be_made_again_after_a_minute(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    _post(server, "k1")
    change(acme, "UPDATE chat_storedanswer SET status = NULL, body = NULL")
    assert _post(server, "k1").code == "idempotency_busy"
    change(acme, "UPDATE chat_storedanswer SET created_at = created_at - interval '61 seconds'")
    assert _post(server, "k1", {"name": "another"}).code == "idempotency_mismatch"
    again = _post(server, "k1")
    assert (again.status, "Idempotent-Replayed" in again.headers) == (201, False)
    assert _kept(acme) == [("k1", 201)]


def test_after_a_day_a_key_is_new(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    first = _post(server, "k1").json
    change(acme, "UPDATE chat_storedanswer SET created_at = created_at - interval '24 hours 1 second'")
    second = _post(server, "k1", {"name": "another"}).json
    assert first["id"] != second["id"]


def test_a_refused_pace_is_not_kept(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, sends_per_second=1, send_burst=1)
    ann = as_user(live, acme, "ann")
    assert [_post(ann, key, {"text": key}, MESSAGES).status for key in ("k1", "k2")] == [201, 429]
    assert _kept(acme) == [("k1", 201)]


def test_secrets_are_not_kept(live: LiveServer, acme: Tenancy) -> None:
    server, path = as_server(live, acme), "/api/v1/users/ann/tokens"
    first, second = _post(server, "k1", path=path), _post(server, "k1", path=path)
    assert (first.status, second.status) == (201, 201)
    assert first.headers["Cache-Control"] == "no-store"
    assert "Idempotent-Replayed" not in second.headers
    assert _kept(acme) == []


def test_who_is_not_let_in_claims_nothing(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    _post(server, "k1")
    assert _post(Client(live, acme.host), "k1").code == "token_missing"
    assert _post(Client(live, acme.host, {"Authorization": "Bearer sk_wrong"}), "k1").code == "token_invalid"
    assert _kept(acme) == [("k1", 201)]


async def test_the_worker_removes_what_is_honoured_no_longer_in_every_tenant(
    live: LiveServer, acme: Tenancy, globex: Tenancy
) -> None:
    for tenant in (acme, globex):
        for key in ("old", "new"):
            _post(as_server(live, tenant), key)
        change(tenant, "UPDATE chat_storedanswer SET created_at = now() - interval '25 hours' WHERE key = 'old'")
    await remove_old_answers(timestamp=0)
    assert [_kept(tenant) for tenant in (acme, globex)] == [[("new", 201)], [("new", 201)]]
