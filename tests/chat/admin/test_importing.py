"""Users from a file, in the console: handed in, looked at, started, followed; and what is wrong as a file."""

from __future__ import annotations

import csv
import io

import pytest

from tenants.models import Role
from tests.chat.admin.working import audited, work
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, csrf_token, with_session
from tests.support.server import LiveServer
from tests.support.tables import rows
from tests.support.uploads import multipart

PAGE = "/admin/imports"
CONTENT = "id,name,plan\nann,Ann,gold\n=1+1 x,Eve,gold\n,Nobody,\nbob,<b>Bob,silver\n"


@pytest.fixture
def admin(live: LiveServer, acme: Tenancy) -> Client:
    return with_session(live, acme, acme.account("adam", Role.ADMIN))


def handed_in(client: Client, content: str | bytes, name: str = "people.csv") -> Answer:
    raw = content.encode() if isinstance(content, str) else content
    token = csrf_token(client.get(PAGE).text)
    form = multipart(("file", name, "text/csv", raw), csrfmiddlewaretoken=token, action="upload")
    return client.ask("POST", PAGE, Origin=client.origin, **form)


def test_a_file_is_looked_at_before_anything_is_saved(acme: Tenancy, admin: Client) -> None:
    page = handed_in(admin, CONTENT).headers["Location"]
    text = admin.get(page).text
    for shown in ("id, name", "plan", "The first 4 rows: 2 cannot be taken", "it has no id", "&lt;b&gt;Bob", "gold"):
        assert shown in text, shown
    assert rows(acme, "SELECT id FROM chat_user WHERE id = 'ann'") == []
    assert audited(acme) == []


def test_an_import_is_followed_to_its_end_and_tells_what_is_not_in(acme: Tenancy, admin: Client) -> None:
    page = handed_in(admin, CONTENT).headers["Location"]
    for _ in range(2):
        admin.submit(page, action="start")
    running = admin.get(page, **{"HX-Request": "true"}).text
    assert "hx-get" in running
    assert "<html" not in running
    work(acme)
    done = admin.get(page, **{"HX-Request": "true"}).text
    assert "hx-get" not in done
    assert "2 saved, 2 not in, up to line 5" in " ".join(done.split())
    file = admin.get(f"{page}/faults.csv")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert list(csv.reader(io.StringIO(file.text))) == [
        ["line", "id", "reason"],
        ["3", "'=1+1 x", "the id has a space, a slash or a control character"],
        ["4", "", "it has no id"],
    ]
    assert rows(acme, "SELECT id, data FROM chat_user WHERE id IN ('ann', 'bob') ORDER BY id") == [
        ("ann", {"plan": "gold"}),
        ("bob", {"plan": "silver"}),
    ]
    assert [action for action, _ in audited(acme)] == ["users.imported", "users.import_done"]


def test_an_import_is_cancelled_before_and_while_it_runs(acme: Tenancy, admin: Client) -> None:
    for start in (False, True):
        page = handed_in(admin, CONTENT).headers["Location"]
        if start:
            admin.submit(page, action="start")
        admin.submit(page, action="cancel")
        assert "Cancelled" in admin.get(page).text
    work(acme)
    assert rows(acme, "SELECT id FROM chat_user WHERE id = 'ann'") == []


@pytest.mark.parametrize(("content", "why"), [("name\nAnn\n", "names no column"), (b"\xff\xfei\x00d\x00", "UTF-8")])
def test_a_file_that_is_none_of_people_is_refused_with_a_reason(
    acme: Tenancy, admin: Client, content: str | bytes, why: str
) -> None:
    refused = handed_in(admin, content)
    assert refused.status == 422
    assert why in refused.text
    assert rows(acme, "SELECT count(*) FROM chat_userimport") == [(0,)]


def test_another_tenants_imports_are_not_there(live: LiveServer, acme: Tenancy, globex: Tenancy, admin: Client) -> None:
    theirs = with_session(live, globex, globex.account("gil", Role.OWNER))
    page = handed_in(theirs, CONTENT).headers["Location"]
    assert theirs.get(page).status == 200
    for path in (page, f"{page}/faults.csv"):
        assert admin.get(path).status == 404
    token = csrf_token(admin.get(PAGE).text)
    body = f"csrfmiddlewaretoken={token}&action=start".encode()
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": admin.origin}
    assert admin.ask("POST", page, body=body, **form).headers["Location"] == page
    assert rows(globex, "SELECT state FROM chat_userimport") == [("looked_at",)]
