"""Counting what a tenant uses: exactly, however often, and in spite of whoever dies over it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from asgiref.sync import sync_to_async

from chat.commands.importing import OldMessage, import_messages
from chat.commands.usage import count_usage
from chat.queries.usage import Recount, recount
from chat.tasks import judge_allowances
from tenants.models import ActiveUser, Figure, Tenant, Usage
from tenants.scope import tenant_scope
from tenants.usage import month_of, usage_of_month
from tests.chat.commands.stored import draft, sent, with_extras
from tests.support.cast import Tenancy
from tests.support.plugin import ROOT
from tests.support.tables import change

HOUR = timedelta(hours=1)
MARCH = datetime(2026, 3, 31, 20, tzinfo=UTC)  # four hours before April


async def _opened(tenancy: Tenancy, at: datetime) -> Tenant:
    await Tenant.objects.filter(pk=tenancy.record.id).aupdate(created_at=at)
    return await Tenant.objects.aget(pk=tenancy.record.id)


async def _said(tenancy: Tenancy, at: datetime, *users: str) -> None:
    """Messages of these users, stored at that moment."""
    answers = await sent(tenancy, *(draft(user=user) for user in users))
    shift = """
        UPDATE chat_message SET created_at = %s, id =
            (lpad(to_hex((extract(epoch FROM %s::timestamptz) * 1000)::bigint), 12, '0')
             || substr(replace(id::text, '-', ''), 13))::uuid
        WHERE id = ANY (%s)
    """
    ids = [answer.id for answer in answers]
    await sync_to_async(change)(tenancy, shift, at, at, ids)


async def _count(tenant: Tenant, *moments: datetime) -> None:
    for moment in moments:
        with tenant_scope(tenant):
            await count_usage(tenant, moment)


async def _rows(tenant: Tenant) -> list[tuple[int, int, int, bool]]:
    fields = ("hour", "messages", "active_users", "final")
    found = Usage.objects.filter(tenant=tenant).order_by("hour").values_list(*fields)
    return [(hour.hour, *rest) async for hour, *rest in found]


async def _recounted(tenant: Tenant, start: datetime, end: datetime) -> Recount:
    with tenant_scope(tenant):
        return await recount(start, end)


async def test_hours_are_counted_once_and_people_once_a_month(people: Tenancy) -> None:
    tenant = await _opened(people, MARCH)
    await _said(people, MARCH + timedelta(minutes=5), "ann", "ann", "bob")
    await _said(people, MARCH + 2 * HOUR, "ann", "carol")
    await _said(people, MARCH + 4 * HOUR, "bob")  # the first moment of April
    counted = [(20, 3, 2, True), (21, 0, 2, True), (22, 2, 3, True), (23, 0, 3, True), (0, 1, 1, False)]
    now = MARCH + 4 * HOUR + timedelta(minutes=20)
    await _count(tenant, MARCH + timedelta(minutes=30), MARCH + HOUR, now, now, now)
    assert await _rows(tenant) == sorted(counted, key=lambda row: row[0] or 24)
    assert await _recounted(tenant, month_of(MARCH), month_of(now)) == Recount(messages=5, active_users=3)
    assert await _recounted(tenant, month_of(now), now) == Recount(messages=1, active_users=1)
    assert not await ActiveUser.objects.filter(tenant=tenant, person__isnull=False, month="2026-05-01").aexists()


async def test_an_hour_is_open_until_nothing_can_come_to_it_and_stays_from_then_on(people: Tenancy) -> None:
    tenant = await _opened(people, MARCH)
    await _count(tenant, MARCH + HOUR + timedelta(minutes=14))
    assert (await _rows(tenant))[0] == (20, 0, 0, False)
    await _said(people, MARCH + HOUR - timedelta(seconds=1), "ann")
    await _count(tenant, MARCH + HOUR + timedelta(minutes=15))
    assert (await _rows(tenant))[0] == (20, 1, 1, True)
    await sync_to_async(change)(people, "DELETE FROM chat_message")
    await _count(tenant, MARCH + 2 * HOUR)
    assert (await _rows(tenant))[0] == (20, 1, 1, True)


async def test_deleted_messages_count_but_neither_events_nor_bots_nor_what_was_brought_in(people: Tenancy) -> None:
    now = datetime.now(UTC)
    tenant = await _opened(people, now)
    await sent(people, draft("gone soon"), draft("stays", user="bob"), with_extras(user=None, kind="system"))
    await sync_to_async(change)(people, "UPDATE chat_message SET deleted_at = now() WHERE text = 'gone soon'")
    await sync_to_async(change)(people, "UPDATE chat_user SET is_bot = true WHERE id = 'bob'")
    with tenant_scope(people.record):
        old = OldMessage("carol", "c1", "said elsewhere", now - timedelta(days=1))
        await import_messages(people.record, "general", [old])
    await _count(tenant, datetime.now(UTC))
    used = await sync_to_async(usage_of_month)(tenant.pk, now)
    assert (used.messages, used.active_users) == (3, 1)
    assert await _recounted(tenant, now - 2 * HOUR, now + HOUR) == Recount(messages=3, active_users=1)


async def test_peaks_and_stored_bytes_come_with_the_hours(people: Tenancy) -> None:
    tenant = await _opened(people, MARCH)
    for minute, span, connections in ((5, "minute", 7), (50, "minute", 3), (60, "minute", 2), (120, "hour", 9)):
        at = MARCH + timedelta(minutes=minute)
        await Figure.objects.acreate(tenant=tenant, span=span, at=at, connections=connections)
    await sync_to_async(change)(people, "INSERT INTO chat_storageuse (id, used_bytes) VALUES (1, 4096)")
    await _count(tenant, MARCH + 3 * HOUR)
    rows = Usage.objects.filter(tenant=tenant).order_by("hour").values_list("peak_connections", "stored_bytes")
    assert [row async for row in rows] == [(7, 4096), (2, 4096), (9, 4096), (0, 4096)]


async def test_the_minutes_job_sees_who_wrote_before_the_hour_is_counted(people: Tenancy) -> None:
    now = datetime.now(UTC)
    await Tenant.objects.filter(pk=people.record.id).aupdate(monthly_active_users=2, monthly_messages=3)
    minute = await Figure.objects.acreate(tenant_id=people.record.id, span="minute", at=now, messages=2)
    await sent(people, draft(), draft())
    assert await _judged(people) == []
    await sent(people, draft(user="bob"))
    assert await _judged(people) == ["monthly_active_users"]
    await Figure.objects.filter(pk=minute.pk).aupdate(messages=3)
    assert await _judged(people) == ["monthly_active_users", "monthly_messages"]


async def _judged(tenancy: Tenancy) -> list[str]:
    await judge_allowances(timestamp=0)
    return (await Tenant.objects.aget(pk=tenancy.record.id)).reached


async def test_the_count_equals_the_recount_after_workers_were_killed_over_it(people: Tenancy) -> None:
    now = datetime.now(UTC)
    tenant = await _opened(people, now - 5 * HOUR)
    for place in range(60):
        await _said(people, now - timedelta(minutes=5 * place), *_some(place))
    for killed_after in (1, 3):
        await sync_to_async(_count_until_killed)(people.slug, killed_after)
    await _count(tenant, now + HOUR, now + 2 * HOUR)
    used = await sync_to_async(usage_of_month)(tenant.pk, now + 2 * HOUR)
    start = max(month_of(now + 2 * HOUR), now - 6 * HOUR)
    assert Recount(used.messages, used.active_users) == await _recounted(tenant, start, now + HOUR)
    assert used.messages > 60


def _some(place: int) -> Iterable[str]:
    return ["ann", "bob", "carol"][: place % 3 + 1]


def _count_until_killed(slug: str, counts: int) -> None:
    """A worker that was seen counting so often is killed in the middle of the next one."""
    command = [sys.executable, "-m", "tests.chat.commands.counting_usage", slug]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        for _ in range(counts):
            assert worker.stdout.readline() == b"counted\n"
        worker.kill()
