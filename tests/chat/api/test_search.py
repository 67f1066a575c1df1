"""Search: what was said is found from its commit on, by those who may read it, and shows why it was found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async

from chat.commands.indexing import index_tenant
from tenants.connections import close_pool
from tenants.languages import set_search_language
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import change, make_room, make_user, rows
from tests.support.tokens import signed

FILE = {"id": "u_1", "name": "a.txt", "type": "text/plain", "size": 1, "width": None, "height": None, "blurhash": None}


def say(tenant: Tenancy, *texts: str, room: str = "general", user: str = "bob") -> None:
    """Messages a second apart, the last of them now."""
    make_user(tenant, user)
    change(
        tenant,
        """
        WITH said AS (
            SELECT text, place, count(*) OVER () AS count FROM unnest(%s::text[]) WITH ORDINALITY said (text, place)
        ), counted AS (
            UPDATE chat_room SET last_seq = last_seq + (SELECT max(place) FROM said) WHERE id = %s
            RETURNING id, last_seq
        )
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text, created_at)
        SELECT gen_random_uuid(), counted.id, last_seq - count + place, last_seq - count + place, %s, text,
            clock_timestamp() - (count - place) * interval '1 second'
        FROM counted, said
        """,
        list(texts),
        room,
        user,
    )


async def index(tenant: Tenancy, language: str = "simple") -> int:
    """As the worker does."""
    with tenant_scope(tenant.record):
        done = await index_tenant(language)
    await close_pool()
    return done


def find(client: Client, words: str, **filters: Any) -> Answer:
    return client.get(f"/api/v1/search?{urlencode({'q': words, **filters})}")


def texts(client: Client, words: str, **filters: Any) -> list[str]:
    answer = find(client, words, **filters)
    assert answer.status == 200, answer.text
    return [found["message"]["text"] for found in answer.json["data"]]


def pages(client: Client, words: str, **filters: Any) -> Iterator[list[str]]:
    while True:
        page = find(client, words, **filters).json
        yield [found["message"]["text"] for found in page["data"]]
        if page["next"] is None:
            return
        filters["cursor"] = page["next"]


SAID = ("one red apple", "two green apples", "an apple and a pear", "red pears", "a pear, an apple", "nothing")
QUESTIONS = {
    "a word": ("apple ", ["a pear, an apple", "an apple and a pear", "one red apple"]),
    "the beginning of a word": (
        "appl",
        ["a pear, an apple", "an apple and a pear", "two green apples", "one red apple"],
    ),
    "all of several": ("red app", ["one red apple"]),
    "a phrase": ('"an apple"', ["a pear, an apple", "an apple and a pear"]),
    "a phrase is no beginning": ('"red pear"', []),
    "either of two": ("green or nothing", ["nothing", "two green apples"]),
    "one without another": ("red -apple", ["red pears"]),
    "whatever the case": ("PEARS", ["red pears"]),
    "no word that is there": ("melon", []),
    "nothing but a word that must not be there": ("-apple", []),
    "signs alone": ("&|!():*<->'", []),
}


@pytest.mark.parametrize("indexed", [False, True], ids=["not indexed yet", "indexed"])
async def test_words_are_found_before_they_are_indexed_and_after(
    live: LiveServer, acme: Tenancy, indexed: bool
) -> None:
    say(acme, *SAID)
    if indexed:
        assert await index(acme) == 1
        assert await index(acme) == 0
    ann = as_user(live, acme, "ann")
    for name, (words, expected) in QUESTIONS.items():
        assert texts(ann, words) == expected, name


async def test_pages_are_the_newest_first_without_hole_or_repeat(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "other")
    for part in range(3):
        say(acme, *(f"word {part}-{number}" for number in range(20)))
        say(acme, *(f"other word {part}-{number}" for number in range(20)), room="other")
        if part < 2:
            await index(acme)
    ann = as_user(live, acme, "ann")
    found = list(pages(ann, "word", limit=7))
    everything = [text for page in found for text in page]
    assert [len(page) for page in found] == [7] * 17 + [1]
    stored = [text for (text,) in rows(acme, "SELECT text FROM chat_message ORDER BY created_at DESC")]
    assert everything == stored
    assert texts(ann, "word", room="other", limit=2) == [text for text in stored if "other" in text][:2]


async def test_a_search_that_has_read_enough_says_where_to_go_on(live: LiveServer, acme: Tenancy) -> None:
    """Two thousand blocks know a word that nobody says there any more."""
    say(acme, "word")
    await index(acme)
    change(acme, "UPDATE chat_message SET created_at = '2020-01-01Z'")
    change(acme, "UPDATE chat_searchblock SET since = '2020-01-01Z', until = '2020-01-01Z'")
    change(
        acme,
        """
        INSERT INTO chat_searchblock (room_id, number, since, until, words)
        SELECT 'general', number, moment, moment, 'word'
        FROM generate_series(1, 2100) number, LATERAL (SELECT '2020-02-01Z'::timestamptz + number * interval '1 second')
            at (moment)
        """,
    )
    assert list(pages(as_user(live, acme, "ann"), "word")) == [[], ["word"]]


async def test_what_is_changed_after_it_was_indexed_is_found_as_it_is_now(live: LiveServer, acme: Tenancy) -> None:
    say(acme, *(f"old {number}" for number in range(40)))
    await index(acme)
    edit = "UPDATE chat_message SET text = 'new 1', changed_seq = 41, edited_at = now() WHERE seq = 2"
    delete = "UPDATE chat_message SET deleted_at = now(), changed_seq = 42 WHERE seq = 3"
    for statement in (edit, delete, "UPDATE chat_room SET last_seq = 42 WHERE id = 'general'"):
        change(acme, statement)
    ann = as_user(live, acme, "ann")
    for _ in ("before the worker comes", "after"):
        assert texts(ann, "new") == ["new 1"]
        assert len(texts(ann, "old", limit=100)) == 38
        assert texts(ann, "old 1 ") == []
        await index(acme)


def test_only_what_one_may_read_is_found(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    make_room(acme, "ours", "private", members=("ann",))
    make_room(acme, "theirs", "private", members=("bob",))
    make_room(acme, "shut")
    for room in ("general", "ours", "theirs", "shut"):
        say(acme, f"a word in {room}", room=room)
    change(acme, "INSERT INTO chat_user (id, name) VALUES ('ann', 'Ann') ON CONFLICT DO NOTHING")
    change(acme, "INSERT INTO chat_ban (room_id, user_id) VALUES ('shut', 'ann')")
    ann = as_user(live, acme, "ann")
    assert set(texts(ann, "word")) == {"a word in general", "a word in ours"}
    assert len(texts(as_server(live, acme), "word")) == 4
    assert texts(as_user(live, globex, "ann"), "word") == []
    named = Client(live, acme.host, {"Authorization": f"Bearer {signed(acme, 'ann', rooms=['ours', 'theirs'])}"})
    assert texts(named, "word") == ["a word in ours"]
    assert find(ann, "word", room="theirs").code == "not_allowed"
    assert find(ann, "word", room="shut").code == "banned"
    assert find(ann, "word", room="nowhere").code == "room_not_found"
    assert find(named, "word", room="general").code == "not_allowed"
    assert Client(live, acme.host).get("/api/v1/search?q=word").code == "token_missing"


async def test_filters_narrow_it_down(live: LiveServer, acme: Tenancy) -> None:
    say(acme, *(f"word {number}" for number in range(20)), user="bob")
    say(acme, "word of carol", user="carol")
    change(acme, "UPDATE chat_message SET attachments = %s::jsonb WHERE seq = 7", json.dumps([FILE]))
    change(acme, "UPDATE chat_message SET created_at = '2020-01-01T00:00:00Z'::timestamptz + seq * interval '1 day'")
    for _ in ("before the worker comes", "after"):
        ann = as_user(live, acme, "ann")
        assert texts(ann, "word", user="carol") == ["word of carol"]
        assert texts(ann, "word", has_attachment="true") == ["word 6"]
        assert len(texts(ann, "word", has_attachment="false", limit=100)) == 20
        assert texts(ann, "word", after="2020-01-03T00:00:00Z", before="2020-01-06T00:00:00Z") == ["word 3", "word 2"]
        assert texts(ann, "word", before="2020-01-03T00:00:00Z") == ["word 0"]
        await index(acme)


def test_a_snippet_is_plain_text_with_its_marks_apart(live: LiveServer, acme: Tenancy) -> None:
    say(acme, "<b>bold</b> & \ue000 brave \ue001 <script>alert(1)</script>")
    [found] = find(as_user(live, acme, "ann"), "brave").json["data"]
    marked = [segment["text"] for segment in found["snippet"] if segment["marked"]]
    plain = "".join(segment["text"] for segment in found["snippet"])
    assert marked == ["brave"]
    assert not {"\ue000", "\ue001"} & set(plain)
    assert found["room"] == {"id": "general", "name": "General"}
    assert found["message"]["seq"] == 1


async def test_a_language_knows_the_forms_of_a_word(live: LiveServer, acme: Tenancy) -> None:
    say(acme, "she was running", "the runs of yesterday")
    await index(acme)
    ann = as_user(live, acme, "ann")
    assert texts(ann, "run ") == []
    await sync_to_async(set_search_language)(acme.slug, "english")
    assert await index(acme, "english") == 1
    assert texts(ann, "run ") == ["the runs of yesterday", "she was running"]
    assert texts(ann, "the ") == []


BAD = {
    "no words": ("", "q"),
    "501 characters": ("q=" + "a" * 501, "q"),
    "NUL": ("q=%00", "q"),
    "limit 0": ("q=a&limit=0", "limit"),
    "limit 101": ("q=a&limit=101", "limit"),
    "a time without a zone": ("q=a&after=2020-01-01T00:00:00", "after"),
    "no time": ("q=a&before=yesterday", "before"),
    "perhaps an attachment": ("q=a&has_attachment=perhaps", "has_attachment"),
    "a user with a slash": ("q=a&user=a%2Fb", "user"),
}


def test_a_bad_question_is_refused_and_its_field_named(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    for name, (query, field) in BAD.items():
        answer = ann.get(f"/api/v1/search?{query}")
        assert (answer.status, answer.code) == (422, "invalid"), name
        assert [error["field"] for error in answer.json["errors"]] == [field], name
    assert ann.get("/api/v1/search?q=a&cursor=x").code == "bad_cursor"
