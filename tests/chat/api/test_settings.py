"""What may be said is a tenant's own setting, and holds behind both doors at once."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import stored_texts

PATH = "/api/v1/settings/content"
MESSAGES = "/api/v1/rooms/general/messages"
RULES = {
    "words": [{"word": "darn", "action": "refuse"}, {"word": "heck", "action": "mask"}],
    "patterns": [{"name": "card", "pattern": r"\b\d{16}\b", "action": "refuse"}],
    "links": "domains",
    "domains": ["good.test"],
}


def test_rules_are_read_back_as_they_were_set(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    assert server.get(PATH).json == {"words": [], "patterns": [], "links": "all", "domains": []}
    assert server.put(PATH, RULES).json == RULES
    assert server.get(PATH).json == RULES
    assert server.put(PATH, {}).status == 200
    assert server.get(PATH).json == {"words": [], "patterns": [], "links": "all", "domains": []}


async def test_they_hold_behind_both_doors_from_now_on(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    async with person(live, acme, "bob") as bob:
        await bob.subscribe("general")
        assert as_server(live, acme).put(PATH, RULES).status == 200
        while (await bob.ask("message.send", room="general", text="Darn!"))["type"] == "ok":
            await asyncio.sleep(0.02)  # an open socket hears of it a moment later
        for text, rule in (("Darn!", "words"), ("4111111111111111", "card"), ("https://evil.test", "links")):
            by_rest = ann.post(MESSAGES, {"text": text})
            assert (by_rest.status, by_rest.code) == (422, "content_refused")
            assert by_rest.json["errors"] == [{"field": "text", "code": rule}]
            by_socket = await bob.ask("message.send", room="general", text=text)
            assert (by_socket["code"], by_socket["errors"]) == ("content_refused", by_rest.json["errors"])
        ann.post(MESSAGES, {"text": "what the heck"})
        await bob.ask("message.send", room="general", text="see https://good.test")
    assert stored_texts(acme)[-2:] == ["what the ••••", "see https://good.test"]
    as_user(live, globex, "ann").post(MESSAGES, {"text": "darn"})
    assert stored_texts(globex) == ["darn"]


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"words": [{"word": "two words"}]}, "words.0.word"),
        ({"words": [{"word": "x", "action": "shout"}]}, "words.0.action"),
        ({"patterns": [{"name": "a", "pattern": "("}]}, "patterns.0.pattern"),
        ({"patterns": [{"name": "A b", "pattern": "x"}]}, "patterns.0.name"),
        ({"links": "some"}, "links"),
        ({"links": "domains", "domains": ["https://a.test"]}, "domains.0"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_rule_is_refused_by_its_field_and_none_is_changed(
    live: LiveServer, acme: Tenancy, rules: dict[str, object], field: str
) -> None:
    server = as_server(live, acme)
    answer = server.put(PATH, rules)
    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert server.get(PATH).json["words"] == []


def test_users_neither_see_nor_set_them(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    assert (ann.get(PATH).code, ann.put(PATH, RULES).code) == ("not_allowed", "not_allowed")
