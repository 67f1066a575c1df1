"""The pages of moderation: the queue and each of its actions, what is decided of a person, the rules, and who may."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest

from kit.ids import uuid7
from tenants.models import AuditEntry, Role, Tenant
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_user, csrf_token, once_refused, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, make_room, make_user, rows

QUEUE = "/admin/moderation/reports/"
HISTORY = "/admin/moderation/history/"
WORDS = "/admin/moderation/words/"
CONDUCT = "/admin/moderation/conduct/"


@pytest.fixture
def moderator(live: LiveServer, acme: Tenancy) -> Client:
    return with_session(live, acme, acme.account("olga", Role.MODERATOR))


@pytest.fixture
def owner(live: LiveServer, acme: Tenancy) -> Client:
    return with_session(live, acme, acme.account("olive", Role.OWNER))


def said(tenant: Tenancy, text: str, *reporters: str, user: str = "eve", room: str = "general") -> UUID:
    """A message, reported by those."""
    message = uuid7()
    for person in (user, *reporters):
        make_user(tenant, person)
    change(
        tenant,
        """
        WITH counted AS (UPDATE chat_room SET last_seq = last_seq + 1 WHERE id = %(room)s RETURNING last_seq)
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text)
        SELECT %(id)s::uuid, %(room)s, last_seq, last_seq, %(user)s, %(text)s FROM counted
        """,
        id=message,
        room=room,
        user=user,
        text=text,
    )
    for reporter in reporters:
        change(
            tenant,
            "INSERT INTO chat_report (id, message_id, room_id, reporter_id, reason, note)"
            " VALUES (%s, %s, %s, %s, 'spam', %s)",
            uuid7(),
            message,
            room,
            reporter,
            f"{reporter} minds",
        )
    return message


def decide(
    client: Client, action: str, *messages: UUID, page: str = QUEUE, only: UUID | None = None, **fields: str
) -> Answer:
    token = csrf_token(client.get(page).text)
    given: list[tuple[str, str]] = [("csrfmiddlewaretoken", token), ("action", action), *fields.items()]
    given += [("message", str(message)) for message in messages]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": client.origin}
    path = f"{page}?only={only}" if only else page
    return client.ask("POST", path, body=urlencode(given).encode(), **headers)


def open_reports(tenant: Tenancy) -> int:
    [(count,)] = rows(tenant, "SELECT count(*) FROM chat_report WHERE resolution IS NULL")
    return int(count)


def audited(tenant: Tenancy) -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(chain=tenant.schema_name).order_by("number")
    return [(entry.action, entry.actor_kind) for entry in entries]


def shown(page: str) -> list[str]:
    return re.findall(r'class="moderation-words">(.*?)</span>', page, re.DOTALL)


def test_the_queue_shows_what_helps_to_decide(acme: Tenancy, moderator: Client) -> None:
    said(acme, "when do we meet?", user="ann")
    said(acme, "<b>cheap</b> watches", "ann", "bob")
    said(acme, "at noon", user="bob")
    said(acme, "one more", "bob", user="mallory")
    change(acme, "INSERT INTO chat_decision (id, act, user_id) VALUES (%s, 'warned', 'eve')", uuid7())
    page = moderator.get(QUEUE).text
    assert shown(page) == ["one more", "&lt;b&gt;cheap&lt;/b&gt; watches"]
    assert shown(moderator.get(f"{QUEUE}?sort=most").text) == ["&lt;b&gt;cheap&lt;/b&gt; watches", "one more"]
    for words in ("2 reports", "ann minds", "bob minds", "when do we meet?", "at noon", "warned 1"):
        assert words in page, words
    assert "<b>cheap" not in page


def test_pages_of_the_queue_go_on_where_the_last_one_ended(acme: Tenancy, moderator: Client) -> None:
    texts = [f"message {number:02}" for number in range(45)]
    for number, text in enumerate(texts):
        said(acme, text, "ann", *(["bob"] if number % 7 == 0 else []))
    for sort, expected in (
        ("newest", texts[::-1]),
        ("most", [*texts[::7][::-1], *[text for number, text in enumerate(texts) if number % 7][::-1]]),
    ):
        path, seen = f"{QUEUE}?sort={sort}", []
        while path:
            page = moderator.get(path).text
            seen += shown(page)
            link = re.search(r'href="(\?[^"]+)" rel="next"', page)
            path = QUEUE + link[1].replace("&amp;", "&") if link else ""
        assert seen == expected
    assert moderator.get(f"{QUEUE}?after=nonsense").status == 200


A_WEEK = "until - now() BETWEEN '6 days' AND '7 days'"
ACTS = {
    "dismiss": ("dismissed", "dismissed", "SELECT count(*) = 1 FROM chat_message WHERE text = 'watches'"),
    "delete": ("deleted", "acted", "SELECT text = '' AND deleted_at IS NOT NULL FROM chat_message WHERE seq = 1"),
    "warn": (
        "warned",
        "acted",
        "SELECT count(*) = 1 FROM chat_message said JOIN chat_member USING (room_id)"
        " WHERE said.kind = 'system' AND said.text = 'no watches' AND chat_member.user_id = 'eve'",
    ),
    "mute": (
        "muted",
        "acted",
        "SELECT until - now() BETWEEN '6 days' AND '7 days' FROM chat_mute WHERE room_id = 'general'",
    ),
    "ban": (
        "banned",
        "acted",
        "SELECT until - now() BETWEEN '6 days' AND '7 days' FROM chat_ban WHERE user_id = 'eve'",
    ),
    "block": ("blocked", "acted", "SELECT until - now() BETWEEN '6 days' AND '7 days' AND NOT shadow FROM chat_block"),
}


@pytest.mark.parametrize("action", ACTS)
def test_an_action_is_done_resolves_the_reports_and_stays_on_record(
    acme: Tenancy, moderator: Client, action: str
) -> None:
    act, resolution, effect = ACTS[action]
    message = said(acme, "watches", "ann", "bob")
    other = said(acme, "other", "ann")
    fields = {"for": "week", "reason": "sells watches", "words": "no watches"}
    answer = decide(moderator, action, other, only=message, **fields)
    assert (answer.status, answer.headers["Location"]) == (302, f"{QUEUE}?sort=newest&for=week")
    assert rows(acme, effect) == [(True,)]
    assert rows(acme, "SELECT DISTINCT resolution FROM chat_report WHERE message_id = %s", message) == [(resolution,)]
    assert open_reports(acme) == 1
    reason = "no watches" if action == "warn" else "sells watches"
    found = rows(
        acme, "SELECT act, user_id, room_id, message_id, cardinality(reports), reason, decider FROM chat_decision"
    )
    assert found == [(act, "eve", None if action == "block" else "general", message, 2, reason, "Olga")]
    kinds = {kind for _, kind in audited(acme)}
    assert kinds == {"account"}
    assert sum(name == "report.resolved" for name, _ in audited(acme)) == 2
    assert len(audited(acme)) == (2 if action == "dismiss" else 3)
    assert "sells watches" in moderator.get(HISTORY).text or action == "warn"
    again = decide(moderator, action, only=message, **fields)
    assert again.status == 302
    assert "Nobody waits for a decision" in moderator.get(QUEUE).text
    assert len(rows(acme, "SELECT FROM chat_decision")) == 1


def test_many_are_decided_at_once(acme: Tenancy, moderator: Client) -> None:
    messages = [said(acme, f"spam {number}", "ann") for number in range(3)]
    said(acme, "left alone", "ann")
    decide(moderator, "delete", *messages)
    page = moderator.get(QUEUE).text
    assert "3 messages deleted" in page
    assert shown(page) == ["left alone"]


def test_who_was_blocked_is_out_at_once_and_in_again_when_it_is_lifted(
    live: LiveServer, acme: Tenancy, moderator: Client
) -> None:
    eve = as_user(live, acme, "eve")
    assert eve.get("/api/v1/rooms").status == 200
    decide(moderator, "block", only=said(acme, "watches", "ann"), **{"for": "ever"})
    assert once_refused(lambda: eve.get("/api/v1/rooms")).code == "not_allowed"
    person = "/admin/moderation/people/eve/"
    assert "Blocked everywhere" in moderator.get(person).text
    decide(moderator, "unblock", page=person)
    assert eve.get("/api/v1/rooms").status == 200
    assert "Nothing holds of this person" in moderator.get(person).text


def test_a_persons_page_has_notes_warnings_and_what_holds(acme: Tenancy, moderator: Client) -> None:
    odd = "eve/../<b>"
    make_user(acme, odd)
    make_room(acme, "garden")
    person = f"/admin/moderation/people/{quote(odd)}/"
    change(acme, "INSERT INTO chat_ban (room_id, user_id) VALUES ('garden', %s)", odd)
    change(acme, "INSERT INTO chat_mute (room_id, user_id) VALUES ('general', %s)", odd)
    change(
        acme,
        "INSERT INTO chat_message (id, room_id, seq, changed_seq, kind, user_id, text)"
        " VALUES (gen_random_uuid(), 'garden', 9, 9, 'withheld', %s, 'hidden words')",
        odd,
    )
    assert "hidden words" in moderator.get(person).text
    for action, fields in (
        ("note", {"reason": "seen before"}),
        ("warn", {"reason": "be kind"}),
        ("shadow_block", {"for": "hour"}),
        ("lift_ban", {"room": "garden"}),
        ("unmute", {"room": "general"}),
    ):
        assert decide(moderator, action, page=person, **fields).status == 302
    page = moderator.get(person).text
    for words in ("seen before", "be kind", "Shadow-blocked", "Ban lifted", "Unmuted"):
        assert words in page, words
    assert "<b>" not in re.sub(r"</?b>(?=[^<]*</)", "", page).replace("<b>garden", "")
    assert [name for name, _ in audited(acme)] == [
        "user.noted",
        "user.warned",
        "user.shadow_blocked",
        "user.unbanned",
        "user.unmuted",
    ]
    assert "Write a note first" in decide(moderator, "note", page=person).text
    assert moderator.get("/admin/moderation/people/nobody/").status == 404


def test_the_history_is_filtered_and_paged(acme: Tenancy, moderator: Client) -> None:
    make_user(acme, "eve")
    make_user(acme, "ann")
    for number in range(60):
        user, act = ("eve", "warned") if number % 2 else ("ann", "muted")
        change(
            acme,
            "INSERT INTO chat_decision (id, act, user_id, reason, rule) VALUES (%s, %s, %s, %s, 'flood')",
            uuid7(),
            act,
            user,
            f"why {number:02}",
        )
    first = moderator.get(HISTORY).text
    assert first.count("Rule: flood") == 50
    link = re.search(r'href="(\?[^"]+)" rel="next"', first)
    assert link is not None
    assert moderator.get(HISTORY + link[1].replace("&amp;", "&")).text.count("Rule: flood") == 10
    for query in ("act=warned", "user=eve"):
        page = moderator.get(f"{HISTORY}?{query}").text
        assert (page.count("Rule: flood"), "why 01" in page, "why 00" in page) == (30, True, False)
    assert moderator.get(f"{HISTORY}?act=x&user=%00&before=x").status == 200


# Rules

NO_PATTERNS = {
    "form-TOTAL_FORMS": "1",
    "form-INITIAL_FORMS": "0",
    "form-0-action": "refuse",
}
FORM = {"refused": "spam\nscam", "masked": "damn", "links": "domains", "domains": "good.example"}


def rules_form(**fields: str) -> dict[str, str]:
    return {**NO_PATTERNS, **FORM, **fields}


def kept(tenant: Tenancy, field: str) -> dict[str, Any]:
    found: dict[str, Any] = Tenant.objects.values_list(field, flat=True).get(pk=tenant.record.id)
    return found


def test_words_patterns_and_links_are_kept_and_shown_again(acme: Tenancy, owner: Client) -> None:
    pattern = {"form-0-name": "card", "form-0-pattern": r"\d{16}", "form-0-action": "mask"}
    assert owner.submit(WORDS, action="save", **rules_form(**pattern)).status == 302
    assert kept(acme, "content_rules") == {
        "words": [
            {"word": "spam", "action": "refuse"},
            {"word": "scam", "action": "refuse"},
            {"word": "damn", "action": "mask"},
        ],
        "patterns": [{"name": "card", "pattern": r"\d{16}", "action": "mask"}],
        "links": "domains",
        "domains": ["good.example"],
    }
    page = owner.get(WORDS).text
    for words in ("spam\nscam", r"\d{16}", "good.example", 'value="domains" selected'):
        assert words in page, words
    assert audited(acme) == [("content_rules.changed", "account")]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"refused": "two words"}, "“two words” is not one word"),
        ({"masked": "a b"}, "“a b” is not one word"),
        ({"domains": "good.example\nhttp://x"}, "“http://x” is not a domain"),
        ({"form-0-name": "bad", "form-0-pattern": "("}, "is not a regular expression"),
        ({"form-0-name": "all", "form-0-pattern": ".*"}, "matches an empty text"),
        ({"form-0-name": "", "form-0-pattern": "x"}, "String should match pattern"),
        ({"links": "some"}, "not one of the available choices"),
    ],
)
def test_a_rule_that_cannot_be_one_is_pointed_at_and_nothing_is_kept(
    acme: Tenancy, owner: Client, fields: dict[str, str], words: str
) -> None:
    answer = owner.submit(WORDS, action="save", **rules_form(**fields))
    assert (answer.status, words in answer.text) == (422, True), answer.text
    assert kept(acme, "content_rules") == {}


def test_the_box_says_what_would_become_of_a_text(live: LiveServer, acme: Tenancy, moderator: Client) -> None:
    Tenant.objects.filter(pk=acme.record.id).update(conduct={"newcomers": {"hours": 24}})
    for sample, words in (
        ("hello", "It is sent as it is."),
        ("damn it", "•••• it"),
        ("a SPAM offer", "by “words”"),
        ("see http://bad.example", "by “links”"),
        ("see http://good.example", "came in the last 24 hours it is refused"),
        ("", "The text is empty"),
    ):
        page = moderator.submit(WORDS, action="try", sample=sample, **rules_form()).text
        assert words in page, sample
    assert kept(acme, "content_rules") == {}


def test_automatic_rules_hold_on_the_next_message(live: LiveServer, acme: Tenancy, owner: Client) -> None:
    numbers = {"flood_messages": "2", "flood_seconds": "3600", "flood_mute_minutes": "9"}
    others = {"repeats_times": "3", "repeats_seconds": "60", "repeats_mute_minutes": "5", "repeats_action": "refuse"}
    form = {"flood": "on", **numbers, **others, "newcomers_hours": "24"}
    wrong = owner.submit(CONDUCT, action="save", **{**form, "flood_messages": "0"})
    assert (wrong.status, "greater than or equal to 1" in wrong.text) == (422, True)
    assert owner.submit(CONDUCT, action="save", **form).status == 302
    assert kept(acme, "conduct") == {"flood": {"messages": 2, "seconds": 3600, "mute_minutes": 9}}
    eve = as_user(live, acme, "eve")
    refused = once_refused(lambda: eve.post("/api/v1/rooms/general/messages", json={"text": "again"}))
    assert refused.code == "muted"
    while not (decided := rows(acme, "SELECT act, rule, user_id FROM chat_decision")):
        pass
    assert decided == [("muted", "flood", "eve")]
    assert "Rule: flood" in owner.get(HISTORY).text
    assert 'value="2"' in owner.get(CONDUCT).text


def test_moderators_look_at_rules_and_agents_at_nothing(live: LiveServer, acme: Tenancy, moderator: Client) -> None:
    assert "Owners and admins change" in moderator.get(WORDS).text
    assert moderator.submit(WORDS, action="save", **rules_form()).status == 403
    assert moderator.submit(CONDUCT, action="save").status == 403
    agent = with_session(live, acme, acme.account("carl", Role.AGENT))
    assert {agent.get(page).status for page in (QUEUE, HISTORY, WORDS, CONDUCT)} == {403}


def test_another_tenants_messages_and_people_are_never_there(acme: Tenancy, globex: Tenancy, moderator: Client) -> None:
    theirs = said(globex, "from globex", "ann")
    assert "from globex" not in moderator.get(QUEUE).text
    decide(moderator, "delete", only=theirs)
    assert open_reports(globex) == 1
    assert moderator.get("/admin/moderation/people/eve/").status == 404
