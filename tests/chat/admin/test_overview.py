"""The first page of a tenant's console."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import RequestFactory, override_settings

from chat.admin.overview import Overview
from tenants.models import ActiveUser, AuditEntry, Figure, Role, Tenant, Usage
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy
from tests.support.http import as_server, with_session
from tests.support.server import LiveServer
from tests.support.statements import statements
from tests.support.tables import change, set_limits

PAGE = "/admin/"


def _use(tenant: Tenancy, messages: int, active: int) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    Usage.objects.create(
        tenant_id=tenant.record.id,
        hour=hour,
        messages=messages,
        active_users=active,
        peak_connections=77,
        stored_bytes=512 << 20,
    )
    ActiveUser.objects.create(
        tenant_id=tenant.record.id,
        month=hour.date().replace(day=1),
        person="0" * 32,
        first_hour=hour,
        latest_hour=hour,
    )


def _undone(page: str) -> int:
    return page.count("radio_button_unchecked")


def test_it_shows_what_is_used_of_the_plan_and_of_nobody_else(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    _use(acme, 123_456, 2_345)
    _use(globex, 999_999, 8_888)
    page = with_session(live, acme, acme.account("olga", Role.OWNER)).get(PAGE).text
    for said in ("123,456, no limit", "2,345, no limit", "77, no limit", "512.0\xa0MB of 1.0\xa0GB", "50 %"):
        assert said in page, said
    assert "999,999" not in page
    assert "8,888" not in page
    set_limits(globex, monthly_messages=999_999, monthly_active_users=10_000, rooms=5, seats=3)
    limited = with_session(live, globex, globex.account("gina", Role.OWNER)).get(PAGE).text
    for said in ("999,999 of 999,999", "8,888 of 10,000", "1 of 5", "2 of 3"):
        assert said in limited, said
    assert "Used up: this month&#x27;s messages. Nearly used up: this month&#x27;s active users." in limited
    agent = with_session(live, globex, globex.account("gert", Role.AGENT)).get(PAGE).text
    assert "Used up" not in agent
    empty = with_session(live, globex, globex.account("gus", Role.OWNER)).get(f"{PAGE}?over=month").text
    assert "None in the last month" in empty


def test_the_list_ticks_itself_and_is_put_away_when_all_is_done(live: LiveServer, acme: Tenancy) -> None:
    owner = with_session(live, acme, acme.account("olga", Role.OWNER))
    agent = with_session(live, acme, acme.account("arno", Role.AGENT))
    shown = [_undone(owner.get(PAGE).text)]
    owner.submit(PAGE, action="put_away")
    assert "The list stays until everything on it is done." in owner.get(PAGE).text

    as_server(live, acme).get("/api/v1/rooms")
    shown.append(_undone(owner.get(PAGE).text))
    Tenant.objects.filter(pk=acme.record.id).update(origins=["https://shop.example"])
    shown.append(_undone(owner.get(PAGE).text))
    _note(acme, embeds=1)
    shown.append(_undone(owner.get(PAGE).text))
    _note(acme, messages=1)
    assert [*shown, _undone(owner.get(PAGE).text)] == [4, 3, 2, 1, 0]

    assert "Put the list away" not in agent.get(PAGE).text
    refused = agent.submit(PAGE, action="put_away")
    assert (refused.status, "CSRF" in refused.text) == (403, False)
    assert "Get started" in owner.get(PAGE).text
    assert owner.submit(PAGE, action="put_away").status == 302
    assert "Get started" not in owner.get(PAGE).text
    assert AuditEntry.objects.filter(chain=acme.schema_name, action="first_steps.put_away").count() == 1


def _note(tenant: Tenancy, **counted: int) -> None:
    """As a process does: see ``tests/tenants/test_processes.py``."""
    at = datetime.now(UTC).replace(second=0, microsecond=0)
    Figure.objects.update_or_create(tenant_id=tenant.record.id, span="minute", at=at, defaults=counted)


def test_open_reports_are_counted(live: LiveServer, acme: Tenancy) -> None:
    change(acme, "INSERT INTO chat_user (id, name) VALUES ('ann', 'Ann'), ('bob', 'Bob')")
    change(
        acme,
        """
        WITH said AS (
            INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text)
            SELECT gen_random_uuid(), 'general', n, n, 'ann', 'x' FROM generate_series(901, 903) n RETURNING id
        )
        INSERT INTO chat_report (id, message_id, room_id, reporter_id, reason)
        SELECT gen_random_uuid(), id, 'general', 'bob', 'spam' FROM said
        """,
    )
    page = with_session(live, acme, acme.account("mo", Role.MODERATOR)).get(PAGE).text
    assert "Open reports</span><strong>3</strong>" in page


@pytest.mark.parametrize("place", ["", "?over=day"])
def test_the_statements_are_as_many_however_much_there_is(acme: Tenancy, place: str) -> None:
    few = _statements(acme, place)
    change(acme, "INSERT INTO chat_user (id, name) SELECT 'u' || n, 'U' FROM generate_series(1, 2000) n")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    Figure.objects.bulk_create(
        Figure(tenant_id=acme.record.id, span="minute", at=now - timedelta(minutes=ago), messages=1)
        for ago in range(2_000)
    )
    assert _statements(acme, place) <= few <= 15


def _statements(tenant: Tenancy, query: str) -> int:
    request = RequestFactory().get(f"{PAGE}{query}")
    account = tenant.account("olga", Role.OWNER)
    request.user, request.tenant = account, tenant.record  # type: ignore[attr-defined]
    request.membership = account.memberships.get()  # type: ignore[attr-defined]
    as_on_its_host = override_settings(ROOT_URLCONF=settings.TENANT_URLCONF)
    with as_on_its_host, tenant_scope(tenant.record), statements() as sent:
        Overview.as_view()(request).render()
    return len(sent)
