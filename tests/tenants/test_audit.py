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
from tests.support.http import as_server
from tests.support.manage import manage_here
from tests.support.server import LiveServer

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
