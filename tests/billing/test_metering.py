"""Usage on its way to Stripe: never twice, never lost, whoever dies over it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command

from billing.catalogue import METERS, event_name
from billing.metering import metered, note_meter_events, send_meter_events
from billing.models import Customer, MeterEvent
from chat.queries.usage import recount
from tenants.models import Figure, Tenant, Usage
from tenants.scope import tenant_scope
from tenants.usage import month_of
from tests.support.cast import Tenancy, make_tenant
from tests.support.plugin import ROOT
from tests.support.stripe import KEY, StripeStandIn
from tests.support.tables import change

HOUR = timedelta(hours=1)
DAY = (datetime.now(UTC) - timedelta(days=3)).replace(hour=6, minute=0, second=0, microsecond=0)
"""Six hours of one day are of one month, whenever this runs."""
PROVING = "PARLEY_PROVE" in os.environ
TENANTS, MESSAGES = (50, 1_000_000) if PROVING else (5, 20_000)
KILLS = random.Random(7).sample(range(2 * TENANTS + 20), 40) if PROVING else [2, TENANTS + 3, TENANTS + 8]
"""So many seams a worker passes before it is killed: while it counts, sends, or has sent and not written it down."""


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeStandIn]:
    """With our meters."""
    with StripeStandIn() as stand_in:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = stand_in.url, KEY
        for meter, formula in METERS.items():
            asked: Any = {
                "display_name": meter,
                "event_name": event_name(meter),
                "default_aggregation": {"formula": formula},
            }
            stand_in.client().v1.billing.meters.create(asked)
        yield stand_in


def _customer(stripe: StripeStandIn, tenancy: Tenancy) -> Tenant:
    """The tenant, which is there since DAY and is a customer."""
    Tenant.objects.filter(pk=tenancy.record.id).update(created_at=DAY)
    made = stripe.client().v1.customers.create({"name": tenancy.slug})
    Customer.objects.create(tenant_id=tenancy.record.id, stripe_id=made.id, email="owner@acme.test")
    return Tenant.objects.get(pk=tenancy.record.id)


def _used(tenant: Tenant, hour: datetime, messages: int, active: int, peak: int, stored: int = 0) -> None:
    counted = {"messages": messages, "active_users": active, "peak_connections": peak, "stored_bytes": stored}
    Usage.objects.create(tenant=tenant, hour=hour, final=True, **counted)


def _noted(tenant: Tenant, meter: str) -> list[tuple[int, int]]:
    """Hour of the day and value of each event."""
    events = MeterEvent.objects.filter(tenant=tenant, meter=meter).order_by("hour")
    return [(event.hour.hour, event.value) for event in events]


def _at_stripe(tenant: Tenant, *, start: datetime = DAY, end: datetime = DAY + 6 * HOUR) -> dict[str, int | None]:
    return {each.meter: each.at_stripe for each in metered(tenant, start, end, ask_stripe=True)}


# What is told


def test_the_events_of_a_month_add_up_to_its_figure(stripe: StripeStandIn, acme: Tenancy) -> None:
    tenant = _customer(stripe, acme)
    for place, counted in enumerate([(3, 2, 7, 0), (0, 2, 9, 1), (5, 4, 2, 3 << 20), (1, 4, 9, 3 << 20)]):
        _used(tenant, DAY + place * HOUR, *counted)
    note_meter_events(DAY + 5 * HOUR)
    assert _noted(tenant, "messages") == [(6, 3), (8, 5), (9, 1)]
    assert _noted(tenant, "active_users") == [(6, 2), (8, 2)]
    assert _noted(tenant, "peak_connections") == [(6, 7), (7, 2)]
    assert _noted(tenant, "stored_mib") == [(7, 1), (8, 3)]
    assert note_meter_events(DAY + 5 * HOUR) == 0
    _used(tenant, DAY + 4 * HOUR, 1, 5, 10, 0)
    assert note_meter_events(DAY + 6 * HOUR) == 4
    send_meter_events(DAY + 6 * HOUR)
    assert _at_stripe(tenant) == {"messages": 10, "active_users": 5, "peak_connections": 10, "stored_mib": 0}
    assert not MeterEvent.objects.filter(tenant=tenant, sent_at__isnull=True).exists()


def test_each_month_begins_anew_and_who_is_no_customer_is_told_of_to_nobody(
    stripe: StripeStandIn, acme: Tenancy, globex: Tenancy
) -> None:
    tenant, month = _customer(stripe, acme), month_of(DAY)
    _used(tenant, month - HOUR, 4, 4, 4, 1)
    _used(tenant, month, 1, 1, 1, 1)
    _used(globex.made.tenant, month, 9, 9, 9)
    note_meter_events(month + HOUR)
    for meter in METERS:
        assert _noted(tenant, meter) == [(23, 4 if meter != "stored_mib" else 1), (0, 1)]
    assert not MeterEvent.objects.filter(tenant=globex.made.tenant).exists()


# What goes wrong


def test_nothing_is_lost_while_stripe_is_away_nor_counted_twice_once_it_has_forgotten(
    stripe: StripeStandIn, acme: Tenancy
) -> None:
    tenant = _customer(stripe, acme)
    _used(tenant, DAY, 3, 2, 1)
    now = DAY + 2 * HOUR
    note_meter_events(now)
    stripe.down()
    send_meter_events(now)
    assert MeterEvent.objects.filter(tenant=tenant, sent_at__isnull=True).count() == 3
    stripe.down(False)
    send_meter_events(now)
    MeterEvent.objects.filter(tenant=tenant).update(sent_at=None)  # who sent them died before it was written down
    send_meter_events(now + HOUR)
    assert _at_stripe(tenant)["messages"] == 3
    MeterEvent.objects.filter(tenant=tenant).update(sent_at=None)
    _forget_identifiers(stripe)
    send_meter_events(now + timedelta(hours=25))
    assert _at_stripe(tenant) == {"messages": 3, "active_users": 2, "peak_connections": 1, "stored_mib": 0}
    assert not MeterEvent.objects.filter(tenant=tenant, sent_at__isnull=True).exists()


def _forget_identifiers(stripe: StripeStandIn) -> None:
    """As Stripe does after a day."""

    def forget() -> None:
        for meter in stripe.world.all("billing.meter"):
            meter["_events"] = {f"forgotten-{place}": each for place, each in enumerate(meter["_events"].values())}

    stripe.call(forget)


def test_what_stripe_refuses_holds_nobody_up_and_is_tried_again(
    stripe: StripeStandIn, acme: Tenancy, globex: Tenancy
) -> None:
    gone, tenant = _customer(stripe, acme), _customer(stripe, globex)
    known = gone.customer.stripe_id
    Customer.objects.filter(tenant=gone).update(stripe_id=f"cus_gone_{acme.slug}")
    for each in (gone, tenant):
        _used(each, DAY, 3, 2, 1)
    note_meter_events(DAY + 2 * HOUR)
    send_meter_events(DAY + 2 * HOUR)
    assert MeterEvent.objects.filter(tenant=gone, sent_at__isnull=True).exclude(failure="").count() == 3
    assert _at_stripe(tenant)["messages"] == 3
    Customer.objects.filter(tenant=gone).update(stripe_id=known)
    send_meter_events(DAY + 2 * HOUR)
    assert _at_stripe(Tenant.objects.get(pk=gone.pk))["messages"] == 0
    send_meter_events(DAY + 2 * HOUR, refused_too=True)
    assert _at_stripe(Tenant.objects.get(pk=gone.pk))["messages"] == 3


# All of it


@pytest.mark.timeout(1_800 if PROVING else 120)
def test_stripes_totals_equal_the_recount_after_workers_were_killed_over_it(stripe: StripeStandIn) -> None:
    """With PARLEY_PROVE a million messages in fifty tenants."""
    cast = [make_tenant("metered") for _ in range(TENANTS)]
    tenants = [_customer(stripe, tenancy) for tenancy in cast]
    for tenancy in cast:
        _write(tenancy, MESSAGES // TENANTS)
        Figure.objects.create(tenant_id=tenancy.record.id, span="minute", at=DAY + HOUR, connections=7)
    slugs, now = [tenancy.slug for tenancy in cast], DAY + 7 * HOUR
    for place, seams in enumerate(KILLS):
        _killed_worker(stripe, slugs, now, after=seams, in_the_midst=place % 2 == 0)
    _killed_worker(stripe, slugs, now, after=None)
    for tenant in tenants:
        with tenant_scope(tenant):
            counted = async_to_sync(recount)(month_of(DAY), DAY + 6 * HOUR)
        told = _at_stripe(tenant, start=month_of(DAY))
        assert (told["messages"], told["active_users"]) == (counted.messages, counted.active_users)
        assert (counted.messages, told["peak_connections"]) == (MESSAGES // TENANTS, 7)
    month = f"--month={DAY:%Y-%m}"
    call_command("usage", "recount", cast[0].slug, month)
    change(cast[0], "DELETE FROM chat_message WHERE seq = 1")
    with pytest.raises(CommandError, match=cast[0].slug):
        call_command("usage", "recount", cast[0].slug, month)


def _write(tenancy: Tenancy, count: int) -> None:
    """So many messages of a twentieth as many people, spread over six hours."""
    people = max(1, count // 20)
    change(tenancy, "INSERT INTO chat_user (id, name) SELECT 'u' || n, 'U' FROM generate_series(0, %s) n", people - 1)
    change(
        tenancy,
        """
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text, created_at)
        SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000'
                || '8' || lpad(to_hex(n), 15, '0'))::uuid, 'general', n, n, 'u' || n %% %(people)s, 'hi', at
        FROM generate_series(1, %(count)s) n,
            LATERAL (SELECT %(start)s::timestamptz + (n - 1) * interval '6 hours' / %(count)s) spread (at)
        """,
        people=people,
        count=count,
        start=DAY,
    )


def _killed_worker(
    stripe: StripeStandIn, slugs: Sequence[str], now: datetime, *, after: int | None, in_the_midst: bool = False
) -> None:
    """A worker passes so many seams and dies at the next one, or just behind it; with None it comes to its end."""
    command = [sys.executable, "-m", "tests.billing.metering_usage", now.isoformat(), *slugs]
    env = {**os.environ, "STRIPE_API_BASE": stripe.url, "STRIPE_SECRET_KEY": KEY}
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        passed = 0
        while worker.stdout.readline():
            if passed == after and not in_the_midst:
                worker.kill()
                return
            worker.stdin.write(b"\n")
            worker.stdin.flush()
            if passed == after:
                worker.kill()
                return
            passed += 1
    assert worker.returncode == 0
