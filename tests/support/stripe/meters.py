"""Meters and their events (https://docs.stripe.com/api/billing/meter)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed, page

_DAY = 86_400
_WINDOWS = {"hour": 3_600, "day": _DAY}


@route("POST", "/v1/billing/meters")
def create_meter(world: World, params: Thing) -> Thing:
    if any(other["event_name"] == params["event_name"] for other in _active(world)):
        raise invalid(f"An active meter with event name {params['event_name']} already exists.", param="event_name")
    made = world.new(
        "billing.meter",
        "mtr",
        customer_mapping=params.get("customer_mapping") or {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        default_aggregation=params["default_aggregation"],
        display_name=params["display_name"],
        event_name=params["event_name"],
        event_time_window=params.get("event_time_window"),
        status="active",
        status_transitions={"deactivated_at": None},
        updated=world.now(),
        value_settings=params.get("value_settings") or {"event_payload_key": "value"},
        _events={},
    )
    world.emit("billing.meter.created", made)
    return made


@route("GET", "/v1/billing/meters/{id}")
def retrieve_meter(world: World, params: Thing, name: str) -> Thing:
    return world.get("billing.meter", name)


@route("POST", "/v1/billing/meters/{id}")
def update_meter(world: World, params: Thing, name: str) -> Thing:
    meter = world.get("billing.meter", name)
    with world.changing(meter, "billing.meter.updated"):
        meter["display_name"] = params.get("display_name", meter["display_name"])
    return meter


@route("POST", "/v1/billing/meters/{id}/deactivate")
def deactivate_meter(world: World, params: Thing, name: str) -> Thing:
    meter = world.get("billing.meter", name)
    meter |= {"status": "inactive", "status_transitions": {"deactivated_at": world.now()}}
    world.emit("billing.meter.deactivated", meter)
    return meter


@route("POST", "/v1/billing/meters/{id}/reactivate")
def reactivate_meter(world: World, params: Thing, name: str) -> Thing:
    meter = world.get("billing.meter", name)
    meter |= {"status": "active", "status_transitions": {"deactivated_at": None}}
    world.emit("billing.meter.reactivated", meter)
    return meter


@route("GET", "/v1/billing/meters")
def list_meters(world: World, params: Thing) -> Thing:
    found = (meter for meter in world.all("billing.meter") if params.get("status") in (None, meter["status"]))
    return listed(found, params, "/v1/billing/meters")


@route("POST", "/v1/billing/meter_events")
def create_meter_event(world: World, params: Thing) -> Thing:
    """An identifier that was ever seen is refused; of Stripe's, one of the last 24 hours at least."""
    meter = next((meter for meter in _active(world) if meter["event_name"] == params["event_name"]), None)
    if meter is None:
        message = f"No active meter found for event name {params['event_name']}."
        raise invalid(message, code="billing_meter_event_no_meter", param="event_name")
    payload = params["payload"]
    name = payload.get(meter["customer_mapping"]["event_payload_key"])
    if name is None:
        raise invalid("The payload names no customer.", param="payload", code="meter_event_no_customer_defined")
    customer = world.get("customer", name, "payload[stripe_customer_id]")
    now = world.now(customer["_clock"])
    timestamp = params.get("timestamp", now)
    if not now - 35 * _DAY <= timestamp <= now + 300:
        code = "timestamp_too_far_in_past" if timestamp < now else "timestamp_in_future"
        raise invalid("The timestamp is not within the last 35 days.", param="timestamp", code=code)
    value = payload.get(meter["value_settings"]["event_payload_key"], "")
    if meter["default_aggregation"]["formula"] != "count" and not value.lstrip("-").isdigit():
        raise invalid(
            "The payload's value is no whole number.", param="payload[value]", code="meter_event_invalid_value"
        )
    identifier = params.get("identifier") or world.name("mevt")
    if identifier in meter["_events"]:
        message = f"An event already exists with identifier {identifier}."
        raise invalid(message, param="identifier", code="duplicate_meter_event")
    made = world.new(
        "billing.meter_event",
        "mevt",
        clock=customer["_clock"],
        event_name=meter["event_name"],
        identifier=identifier,
        payload=payload,
        timestamp=timestamp,
    )
    # Stripe's have no id.
    world.forget(made)
    meter["_events"][identifier] = made | {"_customer": name, "_value": value or "1", "_canceled": False}
    return made


@route("POST", "/v1/billing/meter_event_adjustments")
def create_meter_event_adjustment(world: World, params: Thing) -> Thing:
    identifier = params.get("cancel", {}).get("identifier")
    meters = [meter for meter in _active(world) if meter["event_name"] == params["event_name"]]
    event = next((meter["_events"][identifier] for meter in meters if identifier in meter["_events"]), None)
    if event is None:
        raise invalid(f"No event with identifier {identifier}.", param="cancel[identifier]", code="resource_missing")
    event["_canceled"] = True
    made = world.new(
        "billing.meter_event_adjustment",
        "mea",
        cancel={"identifier": identifier},
        event_name=params["event_name"],
        status="complete",
        type="cancel",
    )
    return world.forget(made)


@route("GET", "/v1/billing/meters/{id}/event_summaries")
def list_event_summaries(world: World, params: Thing, name: str) -> Thing:
    """One for the whole time, or one for each window that has events, the newest first."""
    meter = world.get("billing.meter", name)
    start, end = params["start_time"], params["end_time"]
    if start % 60 or end % 60:
        raise invalid("Times must be aligned with minute boundaries.", param="start_time")
    step = _WINDOWS.get(params.get("value_grouping_window", ""), end - start)
    windows = [(at, min(at + step, end)) for at in range(start, end, step)]
    made = [_summary(meter, params["customer"], *window) for window in reversed(windows)]
    return page([one for one in made if one], f"/v1/billing/meters/{name}/event_summaries")


def usage(world: World, customer: str, line: Thing) -> int:
    """What the line's meter counted of ``customer`` in the line's period."""
    meter = world.objects[line["_metered"]]
    return _aggregate(meter, list(_events(meter, customer, line["period"]["start"], line["period"]["end"])))


def _active(world: World) -> Iterator[Thing]:
    return (meter for meter in world.all("billing.meter") if meter["status"] == "active")


def _events(meter: Thing, customer: str, start: int, end: int) -> Iterator[Thing]:
    for event in meter["_events"].values():
        if event["_customer"] == customer and start <= event["timestamp"] < end and not event["_canceled"]:
            yield event


def _aggregate(meter: Thing, events: list[Thing]) -> int:
    formula = meter["default_aggregation"]["formula"]
    if formula == "count":
        return len(events)
    if formula == "last":
        return int(max(events, key=lambda event: event["timestamp"])["_value"]) if events else 0
    return sum(int(event["_value"]) for event in events)


def _summary(meter: Thing, customer: str, start: int, end: int) -> Thing | None:
    events = list(_events(meter, customer, start, end))
    if not events:
        return None
    return {
        "id": f"mtrusg_{meter['id'][-8:]}_{customer[-8:]}_{start}",
        "object": "billing.meter_event_summary",
        "aggregated_value": float(_aggregate(meter, events)),
        "end_time": end,
        "livemode": False,
        "meter": meter["id"],
        "start_time": start,
    }
