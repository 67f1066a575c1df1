"""All that is known of one person: taken along, or erased, by those who may."""

from __future__ import annotations

import io
import json
import zipfile

from asgiref.sync import async_to_sync
from django.db import connections

from chat.commands import erasing
from tenants.models import Role
from tenants.scope import tenant_scope
from tests.chat.admin.working import audited, work
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_user, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room, make_user, rows
from tests.support.uploads import hand_in, say_with

PAGE = "/admin/user/ann/data"


def admin_of(live: LiveServer, tenancy: Tenancy) -> Client:
    return with_session(live, tenancy, tenancy.account("adam", Role.ADMIN))


def exported(client: Client) -> zipfile.ZipFile:
    answer = client.submit(PAGE, action="export")
    assert answer.headers["Content-Type"] == "application/zip", answer.text[:300]
    return zipfile.ZipFile(io.BytesIO(answer.body))


def test_an_export_has_all_that_is_known_of_a_person_and_nothing_of_others(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann", "Ann")
    make_room(acme, "plans", "private", members=("ann", "bob"))
    fill(acme, 1_203, "plans", "ann")
    fill(acme, 3, "plans", "bob")
    change(acme, "UPDATE chat_user SET data = '{\"plan\": \"gold\"}' WHERE id = 'ann'")
    handed = hand_in(as_user(live, acme, "ann"), b"a file of ann's", "notes.txt").json
    say_with(acme, handed["id"], room="plans")
    change(acme, "UPDATE chat_message SET kind = 'withheld' WHERE user_id = 'ann' AND seq = 7")
    archive = exported(admin_of(live, acme))
    assert archive.testzip() is None
    parts = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    [profile] = parts["profile.json"]
    assert (profile["name"], profile["data"]) == ("Ann", {"plan": "gold"})
    assert [room["room_id"] for room in parts["rooms.json"]] == ["plans"]
    assert len({message["id"] for message in parts["messages.json"]}) == len(parts["messages.json"]) == 1_204
    assert {message["kind"] for message in parts["messages.json"]} == {"message"}
    assert [file["name"] for file in parts["files.json"]] == ["notes.txt"]
    assert archive.read(f"files/{handed['id']}-notes.txt") == b"a file of ann's"
    assert parts["reactions.json"] == parts["reports.json"] == parts["bans.json"] == []
    assert audited(acme) == [("user.exported", "user:ann")]


def test_erasing_takes_the_typed_id_and_is_followed_to_its_end(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann", "Ann Arbor")
    fill(acme, 3, user="ann")
    client = admin_of(live, acme)
    assert client.submit(PAGE, action="erase", messages="remove", confirmation="anne").status == 422
    assert rows(acme, "SELECT count(*) FROM chat_erasure") == [(0,)]
    answer = client.submit(PAGE, action="erase", messages="remove", confirmation="ann")
    page = answer.headers["Location"]
    assert page.startswith("/admin/erasures/")
    assert _jobs("chat.tasks.erase_person", digest=page.rpartition("/")[2]) == 1
    before = _fragment(client, page)
    assert "hx-get" in before.text
    assert "0 of 3 messages" in before.text
    assert rows(acme, "SELECT name FROM chat_user WHERE id = 'ann'") == [("Deleted user",)]
    work(acme)
    after = _fragment(client, page)
    assert "hx-get" not in after.text
    assert "Erased" in after.text
    assert client.get("/admin/user/ann").status == 404
    assert rows(acme, "SELECT DISTINCT text FROM chat_message") == [("",)]
    assert audited(acme) == [("user.erased", "user:ann")]


def _fragment(client: Client, page: str) -> Answer:
    answer = client.get(page, **{"HX-Request": "true"})
    assert answer.status == 200
    assert "<html" not in answer.text
    assert "<html" in client.get(page).text
    return answer


def _jobs(task: str, **arguments: str) -> int:
    with connections["default"].cursor() as cursor:
        statement = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND args @> %s::jsonb"
        cursor.execute(statement, [task, json.dumps(arguments)])
        return int(cursor.fetchone()[0])


def test_somebody_of_the_team_is_not_erased_before_being_removed(live: LiveServer, acme: Tenancy) -> None:
    sam = acme.account("sam")
    change(acme, "INSERT INTO chat_user (id, name, account_id) VALUES ('sam', 'Sam', %s)", sam.pk)
    client = admin_of(live, acme)
    page = "/admin/user/sam/data"
    client.submit(page, action="erase", confirmation="sam")
    assert rows(acme, "SELECT count(*) FROM chat_erasure") == [(0,)]
    sam.memberships.all().delete()
    assert "/erasures/" in client.submit(page, action="erase", confirmation="sam").headers["Location"]


def test_another_tenants_people_and_erasures_are_not_there(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    make_user(globex, "gil")
    client = admin_of(live, acme)
    with_digest = _begun(globex)
    for path in ("/admin/user/gil", "/admin/user/gil/data", f"/admin/erasures/{with_digest}", "/admin/erasures/%00"):
        assert client.get(path).status == 404, path
    assert client.submit("/admin/user/gil/data", page="/admin/new-user", action="export").status == 404


def _begun(tenancy: Tenancy) -> str:
    with tenant_scope(tenancy.record):
        return str(async_to_sync(erasing.begin)("gil", removes_messages=True))
