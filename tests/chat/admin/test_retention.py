"""The page of retention: what is chosen is asked about where it removes something, and held back by a hold."""

from __future__ import annotations

import pytest

from tenants.models import AuditEntry, Role, Tenant
from tenants.retention import LegalHold, Periods, read_retention
from tests.support.cast import Tenancy
from tests.support.http import Client, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room

PATH = "/admin/retention"


@pytest.fixture
def admin(live: LiveServer, acme: Tenancy) -> Client:
    return with_session(live, acme, acme.account("olga", Role.ADMIN))


def _kept(tenant: Tenancy) -> tuple[Periods, LegalHold]:
    found = read_retention(Tenant.objects.get(pk=tenant.record.id).retention)
    return found.periods, found.hold


def _actions(tenant: Tenancy) -> list[str]:
    entries = AuditEntry.objects.filter(chain=tenant.schema_name).order_by("number")
    return [entry.action for entry in entries if entry.action.startswith(("retention", "legal"))]


def test_times_are_saved_at_once_where_nothing_goes(admin: Client, acme: Tenancy) -> None:
    fill(acme, 3)
    assert admin.submit(PATH, action="save", messages_open="30", files_direct="7").status == 302
    assert _kept(acme)[0] == Periods(messages={"open": 30}, files={"direct": 7})
    assert 'value="30"' in admin.get(PATH).text
    assert admin.submit(PATH, action="save").status == 302
    assert _kept(acme)[0] == Periods()
    assert _actions(acme) == ["retention.changed", "retention.changed"]


def test_what_removes_something_is_asked_about_first(admin: Client, acme: Tenancy) -> None:
    fill(acme, 3)
    change(acme, "UPDATE chat_message SET created_at = now() - interval '31 days' WHERE seq < 3")
    asked = admin.submit(PATH, action="save", messages_open="30")
    assert (asked.status, "Open rooms: 2 messages, 0 files" in asked.text) == (200, True)
    assert _kept(acme)[0] == Periods()
    assert admin.submit(PATH, action="save", messages_open="30", confirmed="yes").status == 302
    assert _kept(acme)[0] == Periods(messages={"open": 30})
    counted = admin.submit(PATH, action="count", messages_open="30")
    assert "Open rooms: 2 messages" in counted.text
    assert 'name="confirmed"' not in counted.text


@pytest.mark.parametrize("days", ["0", "-1", "3651", "x", "1.5"])
def test_what_is_no_number_of_days_is_refused(admin: Client, acme: Tenancy, days: str) -> None:
    assert admin.submit(PATH, action="save", messages_open=days, confirmed="yes").status == 422
    assert _actions(acme) == []


def test_a_hold_names_what_there_is(admin: Client, acme: Tenancy, globex: Tenancy) -> None:
    make_room(globex, "theirs")
    fill(acme, 1, user="ann")
    change(acme, "UPDATE chat_message SET created_at = now() - interval '31 days'")
    for wrong in ({"rooms": "theirs"}, {"users": "nobody"}, {"rooms": "\x00"}):
        refused = admin.submit(PATH, action="hold", **wrong)
        assert (refused.status, _actions(acme)) == (422, [])
    assert admin.submit(PATH, action="hold", users="ann\n\n ann \n", rooms="general").status == 302
    assert _kept(acme)[1] == LegalHold(rooms=["general"], users=["ann"])
    assert admin.submit(PATH, action="save", messages_open="30").status == 302  # held, so nothing would go
    assert admin.submit(PATH, action="hold", everything="on").status == 302
    assert "A legal hold is on everything" in admin.get(PATH).text
    assert _actions(acme) == ["legal_hold.changed", "retention.changed", "legal_hold.changed"]


def test_nobody_is_erased_whom_a_hold_concerns(admin: Client, acme: Tenancy) -> None:
    fill(acme, 1, user="ann")
    for hold in ({"users": "ann"}, {"rooms": "general"}, {"everything": "on"}):
        admin.submit(PATH, action="hold", **hold)
        refused = _erase(admin, "ann")
        assert "A legal hold is on what this person said" in refused
    admin.submit(PATH, action="hold")
    assert "/admin/erasures/" in _erase(admin, "ann")


def _erase(admin: Client, user: str) -> str:
    """Where it led, or why it was refused."""
    path = f"/admin/user/{user}/data"
    answer = admin.submit(path, action="erase", confirmation=user)
    return answer.text if answer.status == 422 else answer.headers["Location"]
