"""The Customer Portal: its configurations and sessions (https://docs.stripe.com/api/customer_portal)."""

from __future__ import annotations

import copy
from typing import Any

from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed

_FEATURES: Thing = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
_SEATS = {"enabled": False, "maximum": None, "minimum": 1}


@route("POST", "/v1/billing_portal/configurations")
def create_configuration(world: World, params: Thing) -> Thing:
    made = world.new(
        "billing_portal.configuration",
        "bpc",
        active=True,
        business_profile=dict.fromkeys(("headline", "privacy_policy_url", "terms_of_service_url")),
        features=copy.deepcopy(_FEATURES),
        is_default=not any(world.all("billing_portal.configuration")),
        login_page={"enabled": False, "url": None},
        updated=world.now(),
    )
    _take(world, made, params)
    world.emit("billing_portal.configuration.created", made)
    return made


@route("GET", "/v1/billing_portal/configurations/{configuration}")
def retrieve_configuration(world: World, params: Thing, name: str) -> Thing:
    return world.get("billing_portal.configuration", name)


@route("POST", "/v1/billing_portal/configurations/{configuration}")
def update_configuration(world: World, params: Thing, name: str) -> Thing:
    configuration = world.get("billing_portal.configuration", name)
    with world.changing(configuration, "billing_portal.configuration.updated"):
        _take(world, configuration, params)
    return configuration


@route("GET", "/v1/billing_portal/configurations")
def list_configurations(world: World, params: Thing) -> Thing:
    wanted = [name for name in ("active", "is_default") if name in params]
    found = world.all("billing_portal.configuration")
    fitting = (one for one in found if all(one[name] == params[name] for name in wanted))
    return listed(fitting, params, "/v1/billing_portal/configurations")


@route("POST", "/v1/billing_portal/sessions")
def create_session(world: World, params: Thing) -> Thing:
    world.get("customer", params.get("customer", ""), "customer")
    configuration = _configuration(world, params.get("configuration"))
    name = world.name("bps")
    made = world.new(
        "billing_portal.session",
        "bps",
        id=name,
        configuration=configuration["id"],
        customer=params["customer"],
        flow=_flow(params["flow_data"]) if "flow_data" in params else None,
        locale=params.get("locale"),
        return_url=params.get("return_url") or configuration["default_return_url"],
        url=f"{world.origin}/p/session/{name}",
    )
    world.emit("billing_portal.session.created", made)
    return made


def _configuration(world: World, name: str | None) -> Thing:
    if name:
        return world.get("billing_portal.configuration", name, "configuration")
    default = next((one for one in world.all("billing_portal.configuration") if one["is_default"]), None)
    if default is None:
        raise invalid("No configuration provided and your test mode default configuration has not been created.")
    return default


def _flow(given: Thing) -> Thing:
    kinds = ("subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm")
    completion = given.get("after_completion", {"type": "portal_homepage"})
    return {
        "after_completion": {"hosted_confirmation": None, "redirect": None, **completion},
        "customer_update": None,
        **{kind: given.get(kind) for kind in kinds},
        "type": given["type"],
    }


def _take(world: World, made: Thing, params: Thing) -> None:
    made |= {name: params[name] or None for name in ("default_return_url", "name") if name in params}
    made["active"] = params.get("active", made["active"])
    made["business_profile"] |= params.get("business_profile", {})
    made["login_page"] |= params.get("login_page", {})
    _merge(made["features"], params.get("features", {}))
    for product in made["features"]["subscription_update"]["products"] or []:
        for price in product["prices"]:
            world.get("price", price, "features[subscription_update][products]")
        product["adjustable_quantity"] = _SEATS | product.get("adjustable_quantity", {})
    world.attach_metadata(made, params.get("metadata"))
    made["updated"] = world.now()


def _merge(old: Thing, new: Any) -> None:
    for name, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(name), dict):
            _merge(old[name], value)
        else:
            old[name] = [] if value == "" else value
