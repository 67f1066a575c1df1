"""Taking a room's history along: whole, in order, safe to open, and never another tenant's."""

from __future__ import annotations

import csv
import io
import json

import pytest

from chat.queries import room_history
from tenants.models import AuditEntry, Role
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, fill
from tests.support.uploads import hand_in

PATH = "/admin/room/general/export"


@pytest.fixture
def admin(live: LiveServer, acme: Tenancy) -> Client:
    return with_session(live, acme, acme.account("olga", Role.ADMIN))


def _export(client: Client, **chosen: str) -> Answer:
    return client.submit(PATH, action="export", **chosen)


def _lines(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_every_line_is_there_in_order(admin: Client, acme: Tenancy) -> None:
    fill(acme, room_history._PAGE + 3)
    answer = _export(admin, format="csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="general.csv"'
    assert [line["text"] for line in _lines(answer)] == [str(seq) for seq in range(1, room_history._PAGE + 4)]
    told = [json.loads(line) for line in _export(admin, format="jsonl").text.splitlines()]
    assert [line["seq"] for line in told] == list(range(1, room_history._PAGE + 4))
    entries = AuditEntry.objects.filter(chain=acme.schema_name, action="room.exported", target="room:general")
    assert [entry.after["format"] for entry in entries.order_by("number")] == ["csv", "jsonl"]


def test_files_are_named_with_where_they_are_and_nothing_is_a_formula(
    live: LiveServer, admin: Client, acme: Tenancy
) -> None:
    server = as_server(live, acme)
    server.put("/api/v1/users/ann", {"name": "=Ann()"})
    file = hand_in(server, b"hello", "notes.txt", user="ann").json["id"]
    text = '=HYPERLINK("http://evil")'
    sent = server.post("/api/v1/rooms/general/messages", {"user": "ann", "text": text, "attachments": [file]}).json
    [line] = _lines(_export(admin, format="csv"))
    assert (line["id"], line["text"], line["user_name"]) == (sent["id"], f"'{text}", "'=Ann()")
    url = f"{admin.origin}/api/v1/uploads/{file}"
    shown = [{"id": file, "name": "notes.txt", "type": "text/plain", "size": 5, "url": url}]
    assert json.loads(line["attachments"]) == shown
    told = json.loads(_export(admin, format="jsonl").text)
    assert (told["text"], told["attachments"]) == (text, shown)
    assert server.get(f"/api/v1/uploads/{file}").status == 200


def test_days_choose_a_part(admin: Client, acme: Tenancy) -> None:
    fill(acme, 4)
    change(acme, "UPDATE chat_message SET created_at = '2026-03-01'::timestamptz + seq * interval '12 hours'")
    chosen = _export(admin, format="csv", first="2026-03-02", last="2026-03-02")
    assert [line["text"] for line in _lines(chosen)] == ["2", "3"]
    assert _export(admin, format="csv", first="2026-03-02", last="2026-03-01").status == 422
    assert _export(admin, format="pdf").status == 422
