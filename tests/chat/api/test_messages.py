"""Messages over HTTP: sent after the commit, read in pages without a hole."""

from __future__ import annotations

import re

import pytest

from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import fill, make_user, rows, set_limits, stored_texts

MESSAGES = "/api/v1/rooms/general/messages"


async def test_a_message_is_stored_answered_and_heard(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "bob") as bob:
        await bob.subscribe()
        answer = as_user(live, acme, "ann", name="Ann").post(MESSAGES, {"text": "hi", "client_id": "c1"})
        assert stored_texts(acme) == ["hi"]
        heard = await bob.event("message.created")
    assert answer.status == 201
    assert answer.json.keys() == {"id", "seq", "created_at"}
    assert (answer.json["seq"], heard["seq"]) == (1, 1)
    assert heard["message"]["id"] == answer.json["id"]
    assert re.fullmatch(r"m_[a-z2-7]{26}", answer.json["id"])


async def test_history_shows_messages_as_the_socket_told_them(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann", name="Ann")
    async with person(live, acme, "bob") as bob:
        await bob.subscribe()
        ann.put("/api/v1/rooms/general/members/ann", {})
        ann.post(MESSAGES, {"text": "hi", "client_id": "c1"})
        heard = await bob.event("message.created")
    joined, message = ann.get(MESSAGES).json["data"]
    # REST spells out what is not there.
    told = {**heard["message"], "user": {**heard["message"]["user"], "avatar": None}}
    assert {name: value for name, value in message.items() if name in told} == told
    assert not any(value for name, value in message.items() if name not in told)
    assert (joined["kind"], joined["seq"], joined["text"], joined["data"]) == (
        "member.joined",
        1,
        "",
        {"role": "member"},
    )


def test_the_server_names_the_author(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann", "Ann")
    server = as_server(live, acme)
    assert server.post(MESSAGES, {"text": "hi", "user": "ann"}).status == 201
    assert rows(acme, "SELECT user_id, text FROM chat_message") == [("ann", "hi")]
    assert server.post(MESSAGES, {"text": "hi"}).code == "not_allowed"
    assert server.post(MESSAGES, {"text": "hi", "user": "nobody"}).code == "user_not_found"


def test_a_user_who_names_another_still_speaks_for_themselves(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "bob")
    as_user(live, acme, "ann").post(MESSAGES, {"text": "hi", "user": "bob"})
    assert rows(acme, "SELECT user_id FROM chat_message") == [("ann",)]


def test_the_same_client_id_again_is_the_same_message(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    first, again = (ann.post(MESSAGES, {"text": "hi", "client_id": "c1"}).json for _ in range(2))
    assert first == again
    assert stored_texts(acme) == ["hi"]


def test_too_fast_is_429_with_a_time_to_come_back(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, sends_per_second=1, send_burst=1)
    ann = as_user(live, acme, "ann")
    assert ann.post(MESSAGES, {"text": "one"}).status == 201
    answer = ann.post(MESSAGES, {"text": "two"})
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert answer.json["retryable"] is True
    assert answer.headers["Retry-After"] == "1"
    assert stored_texts(acme) == ["one"]


# Pages


def _seqs(client: Client, query: str = "") -> list[int]:
    answer = client.get(f"{MESSAGES}?{query}")
    assert answer.status == 200, answer.text
    return [message["seq"] for message in answer.json["data"]]


def test_pages_are_the_latest_those_before_or_those_after_and_always_ascend(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 120)
    ann = as_user(live, acme, "ann")
    assert _seqs(ann) == list(range(71, 121))
    assert _seqs(ann, "limit=3") == [118, 119, 120]
    assert _seqs(ann, "limit=200") == list(range(1, 121))
    assert _seqs(ann, "before_seq=10&limit=3") == [7, 8, 9]
    assert _seqs(ann, "before_seq=3") == [1, 2]
    assert _seqs(ann, "before_seq=1") == _seqs(ann, "before_seq=0") == []
    assert _seqs(ann, "after_seq=10&limit=3") == [11, 12, 13]
    assert _seqs(ann, "after_seq=118") == [119, 120]
    assert _seqs(ann, "after_seq=120") == _seqs(ann, f"after_seq={2**63 - 1}") == []
    assert _seqs(ann, f"before_seq={2**63 - 1}&limit=1") == [120]
    assert _seqs(ann, "after_seq=0&limit=2") == [1, 2]


@pytest.mark.parametrize(("start", "pages"), [("", 6), ("after_seq=0", 6), ("before_seq=21", 3), ("after_seq=30", 3)])
def test_cursors_lead_to_the_end_both_ways_without_hole_or_repeat(
    live: LiveServer, acme: Tenancy, start: str, pages: int
) -> None:
    fill(acme, 42)
    ann = as_user(live, acme, "ann")
    forward = start.startswith("after")
    found: list[list[int]] = []
    query = f"limit=8&{start}"
    while True:
        page = ann.get(f"{MESSAGES}?{query}").json
        found.append([message["seq"] for message in page["data"]])
        if page["next"] is None:
            break
        query = f"limit=8&cursor={page['next']}"
    assert found == [sorted(page) for page in found]
    seqs = [seq for page in (found if forward else found[::-1]) for seq in page]
    expected = {"": (1, 43), "after_seq=0": (1, 43), "before_seq=21": (1, 21), "after_seq=30": (31, 43)}[start]
    assert seqs == list(range(*expected))
    assert len(found) in (pages, pages - 1)


def test_a_last_page_that_is_just_full_says_that_it_is_the_last(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 10)
    ann = as_user(live, acme, "ann")
    for query in ("limit=10", "limit=10&after_seq=0", "limit=5&before_seq=6", "limit=5&after_seq=5"):
        assert ann.get(f"{MESSAGES}?{query}").json["next"] is None, query
    for query in ("limit=9", "limit=9&after_seq=0"):
        assert ann.get(f"{MESSAGES}?{query}").json["next"] is not None, query


def test_new_messages_do_not_shift_the_pages_before_them(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 10)
    ann = as_user(live, acme, "ann")
    first = ann.get(f"{MESSAGES}?limit=4").json
    fill(acme, 3)
    assert _seqs(ann, f"limit=4&cursor={first['next']}") == [3, 4, 5, 6]


def test_an_empty_room_is_an_empty_page(live: LiveServer, acme: Tenancy) -> None:
    assert as_user(live, acme, "ann").get(MESSAGES).json == {"data": [], "next": None}


BAD_QUERIES = {
    "both ways": ("before_seq=1&after_seq=1", "after_seq"),
    "limit 0": ("limit=0", "limit"),
    "limit 201": ("limit=201", "limit"),
    "limit -1": ("limit=-1", "limit"),
    "limit in words": ("limit=ten", "limit"),
    "no limit": ("limit=", "limit"),
    "before -1": ("before_seq=-1", "before_seq"),
    "before too far": (f"before_seq={2**63}", "before_seq"),
    "after in words": ("after_seq=last", "after_seq"),
    "after with NUL": ("after_seq=%00", "after_seq"),
    "a fraction": ("after_seq=1.5", "after_seq"),
    "10,000 digits": ("after_seq=" + "9" * 10_000, "after_seq"),
}


@pytest.mark.parametrize(("query", "field"), BAD_QUERIES.values(), ids=BAD_QUERIES)
def test_a_bad_query_is_refused_and_its_field_named(
    live: LiveServer, standing: Tenancy, query: str, field: str
) -> None:
    answer = as_user(live, standing, "ann").get(f"{MESSAGES}?{query}")
    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"] for error in answer.json["errors"]] == [field]
