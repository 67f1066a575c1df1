"""Links to files: for one person, for an hour, on one host, and only while that person may see the file."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from chat.files.links import LIFE, Link, new_link, sign
from tests.support import uploads
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user, once_refused
from tests.support.server import LiveServer
from tests.support.tables import change, make_room, make_user, suspend
from tests.support.uploads import follow, hand_in, links, say_with

CONTENT = b"%PDF-1.7\n0123456789"


@pytest.fixture
def ann(live: LiveServer, acme: Tenancy) -> Client:
    return as_user(live, acme, "ann")


def _link(client: Client, content: bytes = CONTENT, name: str = "a.pdf") -> str:
    return str(links(client, hand_in(client, content, name).json["id"])["url"])


def test_a_file_is_served_so_that_nothing_in_it_can_run(ann: Client) -> None:
    answer = follow(ann, _link(ann))
    assert (answer.status, answer.body) == (200, CONTENT)
    expected = {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(CONTENT)),
        "Content-Disposition": 'attachment; filename="a.pdf"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=3600",
        "Accept-Ranges": "bytes",
    }
    assert {name: answer.headers[name] for name in expected} == expected
    assert "Set-Cookie" not in answer.headers


def test_images_are_shown_where_they_are_and_names_are_spelt_out(ann: Client) -> None:
    shown = follow(ann, _link(ann, uploads.image(), "größe.png")).headers["Content-Disposition"]
    assert shown == "inline; filename*=utf-8''gr%C3%B6%C3%9Fe.png"


def test_an_image_is_for_saving_if_that_is_asked(ann: Client) -> None:
    saved = follow(ann, f"{_link(ann, uploads.image(), 'a.png')}?download").headers["Content-Disposition"]
    assert saved == 'attachment; filename="a.png"'


RANGES = {
    "bytes=0-3": (206, CONTENT[:4], "bytes 0-3/19"),
    "bytes=4-": (206, CONTENT[4:], "bytes 4-18/19"),
    "bytes=-5": (206, CONTENT[-5:], "bytes 14-18/19"),
    "bytes=-500": (206, CONTENT, "bytes 0-18/19"),
    "bytes=10-9999": (206, CONTENT[10:], "bytes 10-18/19"),
    "bytes=19-": (416, b"", "bytes */19"),
    "bytes=9-3": (416, b"", "bytes */19"),
    "bytes=-0": (416, b"", "bytes */19"),
    "bytes=0-1,4-5": (200, CONTENT, None),
    "bytes=-": (200, CONTENT, None),
    "bytes=" + "9" * 100 + "-": (200, CONTENT, None),
    "lines=0-3": (200, CONTENT, None),
}


def test_a_part_can_be_asked_for(ann: Client) -> None:
    url = _link(ann)
    for wanted, expected in RANGES.items():
        answer = follow(ann, url, Range=wanted)
        assert (answer.status, answer.body, answer.headers["Content-Range"]) == expected, wanted


def test_head_tells_the_size_and_nothing_else_is_allowed(ann: Client) -> None:
    path = urlsplit(_link(ann)).path
    answer = Client(ann.server, ann.host).ask("HEAD", path)
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, b"", "19")
    assert Client(ann.server, ann.host).ask("OPTIONS", path).status == 405


# The link itself


def test_a_link_that_was_changed_or_has_expired_is_worth_nothing(ann: Client, acme: Tenancy) -> None:
    upload_id = hand_in(ann, CONTENT).json["id"]
    good = new_link(upload_id, "file", "ann")
    schema = acme.schema_name

    def code(token: str) -> str:
        answer = follow(ann, f"/files/{token}")
        return answer.code if answer.status != 200 else "served"

    token = sign(good, schema)
    assert code(token) == "served"
    assert code(sign(replace(good, expires_at=int(time.time()) + 2), schema)) == "served"
    assert code(sign(replace(good, expires_at=int(time.time()) - 1), schema)) == "link_expired"
    body, _, signature = token.partition(":")
    other_body = sign(replace(good, user_id=None), schema).partition(":")[0]
    for broken in (
        f"{other_body}:{signature}",
        f"{body}:{signature[:-1]}",
        body,
        f"{body}:",
        "x",
        ":",
        "%00",
        "%C3%BC",
    ):
        assert code(broken) == "link_expired", broken
    assert code(sign(replace(good, upload_id="up_nothing"), schema)) == "upload_not_found"
    assert code(sign(replace(good, variant="thumbnail"), schema)) == "upload_not_found"


def test_a_link_opens_nothing_on_another_tenants_host(
    live: LiveServer, acme: Tenancy, globex: Tenancy, ann: Client
) -> None:
    url = _link(ann)
    assert follow(ann, url).status == 200
    assert follow(ann, url, globex).code == "link_expired"
    public = Client(live, "localhost").get(urlsplit(url).path)
    assert public.status == 404


def test_a_suspended_tenants_links_rest(acme: Tenancy, ann: Client) -> None:
    url = _link(ann)
    suspend(acme)
    assert once_refused(lambda: follow(ann, url)).code == "tenant_suspended"


def test_links_are_not_logged_even_when_serving_fails(live: LiveServer, acme: Tenancy, ann: Client) -> None:
    url = _link(ann)
    change(acme, "UPDATE chat_upload SET path = '.'")  # a folder, which cannot be read
    answer = follow(ann, url)
    assert answer.code == "unavailable"
    token = url.rpartition("/")[2]
    assert token[:20] not in live.log()
    assert "/files/…" in live.log() or "/files/\\u2026" in live.log()


# Who may follow it


@pytest.fixture
def shared(acme: Tenancy, ann: Client) -> str:
    """A file in a private room of ann's and bob's; its id."""
    upload_id = str(hand_in(ann, CONTENT, "a.pdf").json["id"])
    make_room(acme, "secret", "private", ("ann", "bob"))
    say_with(acme, upload_id, room="secret")
    return upload_id


def test_members_of_the_room_get_links_and_others_do_not(
    live: LiveServer, acme: Tenancy, ann: Client, shared: str
) -> None:
    bob, carol, server = as_user(live, acme, "bob"), as_user(live, acme, "carol"), as_server(live, acme)
    for reader in (ann, bob, server):
        assert follow(reader, links(reader, shared)["url"]).body == CONTENT
    assert carol.get(f"/api/v1/uploads/{shared}").code == "not_allowed"
    assert server.get(f"/api/v1/uploads/{shared}?user=bob").status == 200
    assert server.get(f"/api/v1/uploads/{shared}?user=carol").code == "not_allowed"
    answer = bob.get(f"/api/v1/uploads/{shared}")
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_not_sent_yet_is_its_uploaders_alone(live: LiveServer, acme: Tenancy, ann: Client) -> None:
    upload_id = hand_in(ann, CONTENT).json["id"]
    make_user(acme, "bob")
    assert as_user(live, acme, "bob").get(f"/api/v1/uploads/{upload_id}").code == "upload_not_found"
    forged_for_bob = sign(new_link(upload_id, "file", "bob"), acme.schema_name)
    assert follow(ann, f"/files/{forged_for_bob}").code == "upload_not_found"


ENDINGS = {
    "left": ("DELETE FROM chat_member WHERE user_id = 'bob'", "not_allowed"),
    "banned": ("INSERT INTO chat_ban (room_id, user_id) VALUES ('secret', 'bob')", "banned"),
    "deactivated": ("UPDATE chat_user SET deactivated_at = now() WHERE id = 'bob'", "link_expired"),
    "revoked": ("UPDATE chat_user SET revoked_before = now() + interval '1 s' WHERE id = 'bob'", "link_expired"),
    "the message is deleted": ("UPDATE chat_message SET deleted_at = now()", "upload_not_found"),
    "the message is gone": ("DELETE FROM chat_message", "upload_not_found"),
}


@pytest.mark.parametrize(("statement", "code"), ENDINGS.values(), ids=ENDINGS)
def test_a_link_ends_with_its_holders_right_to_see(
    live: LiveServer, acme: Tenancy, shared: str, statement: str, code: str
) -> None:
    bob = as_user(live, acme, "bob")
    url = links(bob, shared)["url"]
    assert follow(bob, url).status == 200
    change(acme, statement)
    assert follow(bob, url).code == code


def test_a_link_made_after_a_revocation_holds(live: LiveServer, acme: Tenancy, shared: str) -> None:
    change(acme, "UPDATE chat_user SET revoked_before = now() - interval '2 s' WHERE id = 'bob'")
    now = int(time.time())
    for made_at, status in ((now, 200), (now - 60, 403)):
        token = sign(Link(shared, "file", "bob", made_at + LIFE), acme.schema_name)
        assert follow(as_user(live, acme, "bob"), f"/files/{token}").status == status
