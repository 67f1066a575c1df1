"""A masked copy: everything is where it was, and nobody's name or words are in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from django.db import connections, transaction

from chat.portability.masking import masks
from tenants.models import AuditEntry, Membership
from tenants.portability.cloning import clone_tenant
from tenants.schemas import as_tenant_role
from tests.support.cast import Tenancy
from tests.support.dump import dumped_rows
from tests.support.furnished import furnish
from tests.support.http import as_server
from tests.support.portability import files_of, heads_of, tenancy_of
from tests.support.server import LiveServer
from tests.support.tables import rows
from tests.support.uploads import hand_in, image

HARMLESS = {
    "chat_ban": {"room_id"},
    "chat_decision": {"act", "room_id", "rule"},
    "chat_guestlink": {"id", "room_id"},
    "chat_member": {"room_id", "role"},
    "chat_message": {"room_id", "kind"},
    "chat_mute": {"room_id"},
    "chat_reaction": {"emoji"},
    "chat_report": {"reason", "resolution", "room_id"},
    "chat_room": {"id", "kind", "epoch"},
    "chat_upload": {"id", "path", "thumbnail", "content_type"},
    "chat_user": {"guest_link_id"},
}
"""Columns that could hold words, hold none of people's, and stay as they are."""
WORDY = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema AND data_type IN ('text', 'character varying', 'jsonb', 'ARRAY', 'bytea')
        AND (table_name, column_name) <> ('chat_decision', 'reports') AND table_name LIKE 'chat%%'
"""
UNLOGGED = {"chat_presence", "chat_servingprocess"}


@pytest.fixture(scope="module")
def pair(live: LiveServer) -> tuple[Tenancy, Tenancy]:
    original = asyncio.run(furnish(live)).tenancy
    server = as_server(live, original)
    uploaded = hand_in(server, image("PNG", (500, 400)), "invoice of Hugo.png", user="ann")
    said = server.post(
        "/api/v1/rooms/general/messages",
        {
            "user": "ann",
            "text": "**Bonjour** @carol, voici la facture",
            "client_id": "from-anns-phone",
            "data": {"order": "cucumbers"},
            "attachments": [uploaded.json["id"]],
        },
    )
    place = f"/api/v1/rooms/general/messages/{said.json['id']}"
    assert server.put(f"{place}/reactions/%F0%9F%91%8D?user=carol").status < 300
    assert server.post("/api/v1/rooms/general/messages", {"user": "carol", "text": "Merci", "parent": said.json["id"]})
    return original, tenancy_of(clone_tenant(original.slug, "masked-copy", masked=True))


def test_each_table_and_each_column_that_may_hold_words_is_thought_of(acme: Tenancy) -> None:
    known = masks("salt")
    found: dict[str, set[str]] = {}
    for table, column in rows(acme, WORDY):
        found.setdefault(table, set()).add(column)
    assert found.keys() - UNLOGGED <= known.keys()
    for table, masked in known.items():
        if masked is not None:
            assert found.get(table, set()) == masked.keys() | HARMLESS.get(table, set()), table


def test_none_of_peoples_words_is_in_its_dump(pair: tuple[Tenancy, Tenancy]) -> None:
    original, copy = pair
    columns = {table: set(masked) for table, masked in masks("salt").items() if masked}
    words = words_in(original, columns) - words_in(original, HARMLESS)
    assert {"Bonjour", "facture", "carol", "Carolina", "cucumbers", "invoice", "Hugo", "rude", "architects"} <= words
    dump = "\n".join(line for line in dumped_rows(copy.schema_name).splitlines() if not line.startswith(_OURS))
    assert words & set(_WORD.findall(dump)) == set()
    assert "@" not in dump


_WORD = re.compile(r"[^\W\d_]{4,}")
_OURS = ("--", "COPY ", "SELECT ", "SET ")
"""Lines of a dump that hold names of columns and no rows."""


def words_in(tenant: Tenancy, columns: dict[str, set[str]]) -> set[str]:
    """Of four letters and more; shorter ones may be anything."""
    values = [
        value
        for table, names in columns.items()
        for name in names
        for (value,) in rows(tenant, f"SELECT {name} FROM {table}")
    ]
    return {word for text in texts_in(values) for word in _WORD.findall(text)}


def texts_in(value: object) -> Iterator[str]:
    """Without the names of JSON's fields."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_in(each)


def test_it_is_as_long_and_as_much_as_the_original(pair: tuple[Tenancy, Tenancy]) -> None:
    lengths = "SELECT room_id, seq, kind, length(text), cardinality(mentions), jsonb_array_length(attachments) FROM"
    names = "SELECT length(name) FROM chat_user ORDER BY 1"
    for statement in (f"{lengths} chat_message ORDER BY 1, 2", names, "SELECT count(*) FROM chat_reaction"):
        before, after = (rows(tenant, statement) for tenant in pair)
        assert before == after
    heads = [[(head.room, head.messages, head.head) for head in heads_of(tenant).values()] for tenant in pair]
    assert heads[0] == heads[1]
    before, after = (files_of(tenant.schema_name) for tenant in pair)
    uploads = {path: content for path, content in before.items() if not path.startswith("imports/")}
    assert {path: len(content) for path, content in uploads.items()} == {p: len(c) for p, c in after.items()}
    assert all(uploads[path] != content for path, content in after.items())


def test_who_is_who_stays_right(live: LiveServer, pair: tuple[Tenancy, Tenancy]) -> None:
    """Authors, mentions, reactions and threads lead to the same people under their new ids."""
    original, copy = pair
    server = as_server(live, copy)
    history = server.get("/api/v1/rooms/general/messages?limit=200").json["data"]
    liked = next(each for each in history if each["reactions"])
    people = {user["id"] for user in server.get("/api/v1/users?limit=200").json["data"]}
    assert liked["user"]["id"] in people
    assert set(liked["mentions"]) == set(liked["reactions"][0]["users"]) <= people
    assert not people & {user["id"] for user in as_server(live, original).get("/api/v1/users?limit=200").json["data"]}


def test_nobody_is_called_and_owners_alone_come_in(pair: tuple[Tenancy, Tenancy]) -> None:
    _, copy = pair
    for table in ("chat_webhookendpoint", "chat_outboxevent", "chat_webhookdelivery", "chat_incomingwebhook"):
        assert rows(copy, f"SELECT count(*) FROM {table}") == [(0,)]
    tenant = copy.made.tenant
    assert (tenant.has_webhooks, tenant.before_send, tenant.origins, tenant.name) == (False, {}, [], "masked-copy")
    assert set(Membership.objects.filter(tenant=tenant).values_list("role", flat=True)) == {"owner"}
    assert [entry.action for entry in AuditEntry.objects.filter(chain=tenant.schema_name)] == ["tenant.imported"]


def test_masks_are_the_same_each_time_for_one_copy_and_others_for_another(acme: Tenancy) -> None:
    with transaction.atomic(), connections["default"].cursor() as cursor, as_tenant_role(cursor, acme.schema_name):
        shown = []
        for salt in ("one", "one", "another"):
            cursor.execute(f"SELECT {masks(salt)['chat_user']['id']} FROM (VALUES ('ann')) AS person (id)")
            shown.append(cursor.fetchone()[0])
    assert shown[0] == shown[1] != shown[2]
