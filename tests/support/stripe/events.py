"""Events, the endpoints that hear of them, and the account (https://docs.stripe.com/api/events)."""

from __future__ import annotations

from fnmatch import fnmatchcase

from tests.support.stripe.declared import API_VERSION
from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed


@route("GET", "/v1/events/{id}")
def retrieve_event(world: World, params: Thing, name: str) -> Thing:
    return world.get("event", name)


@route("GET", "/v1/events")
def list_events(world: World, params: Thing) -> Thing:
    wanted = params.get("types") or [params.get("type", "*")]
    found = (event for event in world.all("event") if any(fnmatchcase(event["type"], kind) for kind in wanted))
    return listed(found, params, "/v1/events")


@route("POST", "/v1/webhook_endpoints")
def create_webhook_endpoint(world: World, params: Thing) -> Thing:
    if params.get("api_version", API_VERSION) != API_VERSION:
        raise invalid(f"This stand-in speaks {API_VERSION} only.", param="api_version")
    made = world.new(
        "webhook_endpoint",
        "we",
        api_version=params.get("api_version"),
        description=params.get("description"),
        enabled_events=params["enabled_events"],
        status="enabled",
        url=params["url"],
        _secret=world.name("whsec"),
    )
    world.attach_metadata(made, params.get("metadata"))
    # Stripe tells the secret this once.
    return made | {"secret": made["_secret"]}


@route("GET", "/v1/webhook_endpoints/{webhook_endpoint}")
def retrieve_webhook_endpoint(world: World, params: Thing, name: str) -> Thing:
    return world.get("webhook_endpoint", name)


@route("POST", "/v1/webhook_endpoints/{webhook_endpoint}")
def update_webhook_endpoint(world: World, params: Thing, name: str) -> Thing:
    endpoint = world.get("webhook_endpoint", name)
    endpoint |= {field: params[field] for field in ("description", "enabled_events", "url") if field in params}
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    world.attach_metadata(endpoint, params.get("metadata"))
    return endpoint


@route("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}")
def delete_webhook_endpoint(world: World, params: Thing, name: str) -> Thing:
    return world.remove(world.get("webhook_endpoint", name))


@route("GET", "/v1/webhook_endpoints")
def list_webhook_endpoints(world: World, params: Thing) -> Thing:
    return listed(world.all("webhook_endpoint"), params, "/v1/webhook_endpoints")


@route("GET", "/v1/account")
def retrieve_account(world: World, params: Thing) -> Thing:
    return {
        "id": world.account,
        "object": "account",
        "business_profile": None,
        "business_type": None,
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@example.com",
        "payouts_enabled": True,
        "settings": None,
        "type": "standard",
    }
