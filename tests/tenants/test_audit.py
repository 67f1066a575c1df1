"""The audit log: who did what; nothing in it changes or vanishes unseen."""

from __future__ import annotations

import os
import threading

import psycopg
import pytest
from django.db import connections, transaction
from django.db.utils import DatabaseError

from tenants.audit import Actor, Fault, acting, record, verify
from tenants.models import AuditEntry
from tenants.models.audit import ActorKind
from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.manage import manage_here
from tests.support.server import LiveServer

OLD = {"user": "u4", "client_id": "old", "text": "hi", "created_at": "2020-01-01T00:00:00Z"}
ANN = Actor(ActorKind.ACCOUNT, "acc_ann", "ann@acme.test", "192.0.2.7")


def entries(tenant: Tenancy) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(chain=tenant.schema_name).order_by("number"))


def tamper(statement: str) -> None:
    """As somebody who owns the database can."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("GRANT UPDATE, DELETE ON tenants_auditentry TO CURRENT_USER")
        connection.execute("ALTER TABLE tenants_auditentry DISABLE TRIGGER append_only")
        connection.execute(statement)
        connection.execute("ALTER TABLE tenants_auditentry ENABLE TRIGGER append_only")
        connection.execute("REVOKE UPDATE, DELETE ON tenants_auditentry FROM CURRENT_USER")


def test_an_entry_says_who_what_and_from_where(acme: Tenancy) -> None:
    with acting(lambda: ANN):
        record(acme.record, "room.renamed", "room:general", before={"name": "A"}, after={"name": "B"})
    record(acme.record, "room.archived", "room:general")
    first, second = entries(acme)
    assert (first.actor_kind, first.actor_id, first.actor_name, first.address) == (
        "account",
        "acc_ann",
        "ann@acme.test",
        "192.0.2.7",
    )
    assert (first.number, first.before, first.after, first.previous) == (1, {"name": "A"}, {"name": "B"}, "")
    assert (second.number, second.actor_kind, second.previous) == (2, "system", first.digest)


def test_an_entry_is_there_if_the_work_is(acme: Tenancy) -> None:
    def fail() -> None:
        with transaction.atomic():
            record(acme.record, "room.archived", "room:general")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert entries(acme) == []
    assert verify(acme.schema_name) is None


@pytest.mark.parametrize("statement", ["UPDATE tenants_auditentry SET action = 'x'", "DELETE FROM tenants_auditentry"])
def test_the_application_can_only_add(acme: Tenancy, statement: str) -> None:
    record(acme.record, "room.archived")
    with pytest.raises(DatabaseError), connections["default"].cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(DatabaseError), connections["default"].cursor() as cursor:
        cursor.execute("TRUNCATE tenants_auditentry")
    assert len(entries(acme)) == 1


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE tenants_auditentry SET after = '{\"n\": 9}' WHERE chain = '{chain}' AND number = 2", (2, "changed")),
        ("UPDATE tenants_auditentry SET actor_name = 'bob' WHERE chain = '{chain}' AND number = 3", (3, "changed")),
        ("DELETE FROM tenants_auditentry WHERE chain = '{chain}' AND number = 1", (1, "missing")),
        ("DELETE FROM tenants_auditentry WHERE chain = '{chain}' AND number = 2", (2, "missing")),
        ("DELETE FROM tenants_auditentry WHERE chain = '{chain}' AND number = 3", (3, "missing")),
        ("DELETE FROM tenants_auditentry WHERE chain = '{chain}'", (1, "missing")),
    ],
)
def test_what_was_changed_or_taken_out_is_found(
    acme: Tenancy, globex: Tenancy, statement: str, fault: tuple[int, str]
) -> None:
    for number in (1, 2, 3):
        record(acme.record, "room.counted", after={"n": number})
    record(globex.record, "room.counted")
    assert verify(acme.schema_name) is None
    tamper(statement.replace("{chain}", acme.schema_name))
    assert verify(acme.schema_name) == Fault(acme.schema_name, *fault)
    answer = manage_here("audit", "verify", acme.slug)
    assert answer.code == 1
    assert answer.out == f"{acme.schema_name}: entry {fault[0]} is {fault[1]}.\n"
    assert manage_here("audit", "verify", globex.slug).out == "The audit log is whole.\n"


def test_many_who_write_at_once_make_one_chain(acme: Tenancy) -> None:
    def write() -> None:
        for _ in range(10):
            record(acme.record, "room.counted")
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.number for entry in entries(acme)] == list(range(1, 41))
    assert verify(acme.schema_name) is None


def test_what_a_server_sets_is_written_down_with_its_key_and_without_a_secret(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    key = server.post("/api/v1/keys", {"name": "ci", "scopes": ["rooms:read"]}).json
    server.post(f"/api/v1/keys/{key['prefix']}/rotate", {"overlap": 0})
    server.put("/api/v1/settings/origins", {"origins": ["https://app.example.com"]})
    server.put("/api/v1/settings/appearance", {"accent": "#123456"})
    hook = {"url": "https://example.com/hook", "fail_open": True, "timeout_ms": 500}
    secret = server.put("/api/v1/settings/before-send", hook).json["secret"]
    link = server.post("/api/v1/rooms/general/guest-links", {"name": "Fair", "ttl": 600}).json
    found = entries(acme)
    assert [entry.action for entry in found] == [
        "api_key.created",
        "api_key.rotated",
        "origins.changed",
        "appearance.changed",
        "before_send.set",
        "guest_link.created",
    ]
    assert {(entry.actor_kind, entry.actor_id) for entry in found} == {("key", acme.api_key[:15])}
    assert (found[2].before, found[2].after) == ({"origins": []}, {"origins": ["https://app.example.com"]})
    written = " ".join(str(vars(entry)) for entry in found)
    assert all(word not in written for word in (key["secret"], secret, link["url"].rsplit("/", 1)[-1]))
    assert verify(acme.schema_name) is None


def test_what_a_server_does_with_people_and_rooms_is_written_down_and_what_changes_nothing_is_not(
    live: LiveServer, acme: Tenancy
) -> None:
    server = as_server(live, acme)
    users, general, plans = "/api/v1/users", "/api/v1/rooms/general", "/api/v1/rooms/plans"
    server.put(f"{users}/ann", {"name": "Ann"})
    message = server.post(f"{general}/messages", {"user": "ann", "text": "hi"}).json["id"]
    many = {"users": [{"id": f"u{number}", "name": "Many"} for number in range(100)]}
    two, room = {"members": [{"user": "u2"}, {"user": "u3"}]}, {"id": "plans", "kind": "private", "members": ["ann"]}
    said = f"{general}/messages/{message}"
    steps: list[tuple[str, str, object, list[str]]] = [
        ("PUT", f"{users}/ann", {"name": "Ann"}, []),
        ("PUT", f"{users}/ann", {"name": "Anna"}, ["user.changed user:ann"]),
        ("PUT", users, many, ["users.saved "]),
        ("PUT", users, many, []),
        (
            "PATCH",
            f"{users}/ann",
            {"name": "A", "active": False},
            ["user.changed user:ann", "user.deactivated user:ann"],
        ),
        ("PATCH", f"{users}/ann", {"active": True}, ["user.reactivated user:ann"]),
        ("DELETE", f"{users}/u9", None, ["user.deactivated user:u9"]),
        ("POST", f"{users}/ann/revoke", None, ["user.tokens_revoked user:ann"]),
        ("POST", f"{users}/ann/tokens", {}, []),
        ("POST", "/api/v1/rooms", room, ["room.created room:plans"]),
        ("PATCH", plans, {"name": "Plans"}, ["room.changed room:plans"]),
        ("PATCH", plans, {"name": "Plans"}, []),
        ("PATCH", plans, {"frozen": True}, ["room.frozen room:plans"]),
        ("DELETE", plans, None, ["room.archived room:plans"]),
        ("PATCH", plans, {"archived": False}, ["room.restored room:plans"]),
        ("PUT", f"{general}/members/u1", {"role": "owner"}, ["member.added user:u1"]),
        ("PUT", f"{general}/members/u1", {"role": "owner"}, []),
        ("PUT", f"{general}/members/u1", {"role": "member"}, ["member.role_changed user:u1"]),
        ("POST", f"{general}/members", two, ["members.added room:general"]),
        ("DELETE", f"{general}/members/u2", None, ["member.removed user:u2"]),
        ("PUT", f"{general}/bans/u3", {"reason": "rude"}, ["user.banned user:u3"]),
        ("DELETE", f"{general}/bans/u3", None, ["user.unbanned user:u3"]),
        ("POST", f"{general}/import", {"messages": [OLD]}, ["messages.imported room:general"]),
        ("POST", f"{general}/import", {"messages": [OLD]}, []),
        ("PUT", f"{said}/pin", None, [f"message.pinned message:{message}"]),
        ("POST", f"{general}/messages", {"user": "ann", "text": "on"}, []),
        ("PATCH", said, {"text": "ho"}, []),
        ("DELETE", said, None, [f"message.deleted message:{message}"]),
    ]
    for method, path, body, expected in steps:
        before = len(entries(acme))
        answer = server.ask(method, path, json=body)
        assert answer.status < 300, (method, path, answer.text)
        assert [f"{entry.action} {entry.target}" for entry in entries(acme)[before:]] == expected, (method, path)
    assert {entry.actor_id for entry in entries(acme)} == {acme.api_key[:15]}
    assert entries(acme)[2].after == {"created": 100, "changed": 0}
    assert verify(acme.schema_name) is None


def test_of_what_people_do_themselves_only_moderation_is_written_down(live: LiveServer, acme: Tenancy) -> None:
    ann, bob = as_user(live, acme, "ann", name="Ann"), as_user(live, acme, "bob", name="Bob")
    bob.get("/api/v1/rooms")
    plans = "/api/v1/rooms/plans"
    done = [
        ann.post("/api/v1/rooms", {"id": "plans", "kind": "open", "members": ["bob"]}),
        ann.patch(plans, {"name": "Plans"}),
        ann.put(f"{plans}/members/bob", {"role": "moderator"}),
        own := bob.post(f"{plans}/messages", {"text": "oh"}),
        said := bob.post(f"{plans}/messages", {"text": "hi"}),
        bob.delete(f"{plans}/messages/{own.json['id']}"),
        bob.delete(f"{plans}/members/bob"),
    ]
    assert entries(acme) == []
    done += [
        ann.patch(plans, {"slow_seconds": 5}),
        ann.delete(f"{plans}/messages/{said.json['id']}"),
        ann.put(f"{plans}/bans/bob", {}),
        ann.delete(f"{plans}/bans/bob"),
        ann.post(f"{plans}/guest-links", {"ttl": 600}),
    ]
    assert [each.text for each in done if each.status >= 300] == []
    found = entries(acme)
    assert [entry.action for entry in found] == [
        *("room.changed", "message.deleted", "user.banned", "user.unbanned", "guest_link.created")
    ]
    assert {(entry.actor_kind, entry.actor_id, entry.actor_name) for entry in found} == {("user", "ann", "Ann")}
    assert all(entry.address for entry in found)
