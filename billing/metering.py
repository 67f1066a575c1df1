"""Usage on its way to Stripe. What a final hour adds to a meter becomes one row, and a row is sent until Stripe has it.

What is counted once a month, active users and the peak of connections, is told as what the hour added to the month's
figure, so that a meter's events add up to it. Of what is stored Stripe keeps the last that it was told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connections
from django.db.models import Max, QuerySet, Sum

from billing.catalogue import METERS, event_name
from billing.gateway_stripe import GatewayRefused, GatewayUnavailable, gateway
from billing.models import MeterEvent
from tenants.models import Tenant, Usage
from tenants.routers import SHARED

log = structlog.get_logger(__name__)

_KNOWN_FOR = timedelta(hours=23)
"""For so long, and an hour more, Stripe knows an identifier again
(https://docs.stripe.com/api/billing/meter-event/create#create_billing_meter_event-identifier)."""
_TAKEN_FOR = timedelta(days=34)
"""A day less than Stripe takes what has passed
(https://docs.stripe.com/api/billing/meter-event/create#create_billing_meter_event-timestamp)."""
_HOUR = timedelta(hours=1)
_MOST = 2_000  # events of one round
_DUPLICATE = "duplicate_meter_event"
_MIB = 1 << 20


# Noting


def note_meter_events(now: datetime) -> int:
    """A row for whatever final hours added, of each tenant that is Stripe's customer; how many are new. Hours become
    final one after the other and stay as they are, so to note again adds nothing, whoever does it and however often."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_NOTE, {"meters": list(METERS), "earliest": now - _TAKEN_FOR, "mib": _MIB})
        return int(cursor.rowcount)


_NOTE = """
    WITH metered AS (
        SELECT customer.tenant_id, tenant.schema_name, meter, COALESCE(
            (SELECT max(hour) FROM billing_meterevent WHERE tenant_id = customer.tenant_id AND meter = asked.meter),
            %(earliest)s
        ) AS noted_until
        FROM billing_customer customer JOIN tenants_tenant tenant ON tenant.id = customer.tenant_id
        CROSS JOIN unnest(%(meters)s::text[]) asked (meter)
    ), counted AS (
        SELECT metered.*, hour, CASE meter
            WHEN 'messages' THEN messages
            WHEN 'active_users' THEN GREATEST(0, active_users - active_before)
            WHEN 'peak_connections' THEN GREATEST(0, peak_connections - peak_before)
            WHEN 'stored_mib' THEN mib
        END AS value, mib_before
        FROM metered CROSS JOIN LATERAL (
            SELECT hour, messages, active_users, peak_connections, ceil(stored_bytes::numeric / %(mib)s) AS mib,
                COALESCE(max(active_users) OVER before, 0) AS active_before,
                COALESCE(max(peak_connections) OVER before, 0) AS peak_before,
                COALESCE(lag(ceil(stored_bytes::numeric / %(mib)s)) OVER month, 0) AS mib_before
            FROM tenants_usage
            WHERE tenant_id = metered.tenant_id AND final AND hour >= date_trunc('month', metered.noted_until, 'UTC')
            WINDOW month AS (PARTITION BY date_trunc('month', hour, 'UTC') ORDER BY hour),
                before AS (month ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ) hours
        WHERE hour > metered.noted_until
    )
    INSERT INTO billing_meterevent (identifier, tenant_id, meter, hour, value, failure)
    SELECT concat_ws(':', schema_name, meter, to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24"Z"')),
        tenant_id, meter, hour, value, ''
    FROM counted WHERE CASE meter WHEN 'stored_mib' THEN value <> mib_before ELSE value > 0 END
    ORDER BY hour, tenant_id, meter ON CONFLICT DO NOTHING
"""


# Sending


def send_meter_events(now: datetime, *, refused_too: bool = False) -> None:
    """Send what Stripe does not have yet, the oldest first; with ``refused_too`` also what it refused before. Ends
    when Stripe does not answer: the rest goes with the next round. Two who send the same send the same identifier."""
    waiting = MeterEvent.objects.filter(sent_at__isnull=True, hour__gt=now - _TAKEN_FOR)
    if not refused_too:
        waiting = waiting.filter(failure="")
    for event in waiting.select_related("tenant__customer").order_by("hour", "identifier")[:_MOST]:
        try:
            _send(event, now)
        except GatewayUnavailable:
            return


def _send(event: MeterEvent, now: datetime) -> None:
    """Raises GatewayUnavailable."""
    this = MeterEvent.objects.filter(pk=event.pk)
    if event.first_tried_at is None:
        this.filter(first_tried_at__isnull=True).update(first_tried_at=now)
    elif now - event.first_tried_at > _KNOWN_FOR and _arrived(event):
        this.update(sent_at=now, failure="")
        return
    customer = event.tenant.customer.stripe_id
    try:
        gateway().send_meter_event(event_name(event.meter), customer, event.value, event.identifier, event.hour)
    except GatewayRefused as refusal:
        if refusal.reason != _DUPLICATE:
            log.warning("metering.refused", identifier=event.identifier, reason=refusal.reason)
            this.update(failure=refusal.detail[:500])
            return
    this.update(sent_at=now, failure="")


def _arrived(event: MeterEvent) -> bool:
    """Whether Stripe has counted the hour: there is one event for it, so the hour's total is its value or nothing."""
    return event.value != 0 and _at_stripe(event.tenant, event.meter, event.hour, event.hour + _HOUR) == event.value


# Comparing


@dataclass(frozen=True, slots=True)
class Metered:
    """A meter over some final hours: what was ``used``, what of it was ``noted`` for Stripe, in how many events that
    are ``unsent``, and what Stripe has; None where it is not asked, or does not know the tenant or the meter."""

    meter: str
    used: int
    noted: int
    unsent: int
    at_stripe: int | None


def metered(tenant: Tenant, start: datetime, end: datetime, *, ask_stripe: bool) -> Iterator[Metered]:
    """Of each meter, from ``start`` on, which begins a month, to before ``end``, which ends a final hour of it.

    Raises GatewayUnavailable.
    """
    hours = Usage.objects.filter(tenant=tenant, final=True, hour__gte=start, hour__lt=end)
    events = MeterEvent.objects.filter(tenant=tenant, hour__gte=start, hour__lt=end)
    known = ask_stripe and hasattr(tenant, "customer")
    for meter in METERS:
        own = events.filter(meter=meter)
        unsent = own.filter(sent_at__isnull=True).count()
        at_stripe = _at_stripe(tenant, meter, start, end) if known else None
        yield Metered(meter, _used(meter, hours), _noted(meter, own), unsent, at_stripe)


def _used(meter: str, hours: QuerySet[Usage]) -> int:
    if meter == "messages":
        return int(hours.aggregate(sum=Sum("messages", default=0))["sum"])
    if meter == "stored_mib":
        last = hours.order_by("-hour").values_list("stored_bytes", flat=True).first() or 0
        return -(-last // _MIB)
    return int(hours.aggregate(most=Max(meter, default=0))["most"])


def _noted(meter: str, events: QuerySet[MeterEvent]) -> int:
    if METERS[meter] == "last":
        return events.order_by("-hour").values_list("value", flat=True).first() or 0
    return int(events.aggregate(sum=Sum("value", default=0))["sum"])


def _at_stripe(tenant: Tenant, meter: str, start: datetime, end: datetime) -> int | None:
    found = _meter_ids().get(event_name(meter))
    return gateway().meter_total(found, tenant.customer.stripe_id, start, end) if found else None


def _meter_ids() -> dict[str, str]:
    return {meter["event_name"]: meter["id"] for meter in gateway().list_all("meter", status="active")}
