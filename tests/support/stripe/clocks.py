"""Test clocks (https://docs.stripe.com/api/test_clocks): customers made with one live in its time."""

from __future__ import annotations

from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed

_LONGEST = 2 * 366 * 86_400


@route("POST", "/v1/test_helpers/test_clocks")
def create_test_clock(world: World, params: Thing) -> Thing:
    now = world.now()
    return world.new(
        "test_helpers.test_clock",
        "clock",
        deletes_after=now + 30 * 86_400,
        frozen_time=params["frozen_time"],
        name=params.get("name"),
        status="ready",
        status_details={},
    )


@route("GET", "/v1/test_helpers/test_clocks/{test_clock}")
def retrieve_test_clock(world: World, params: Thing, name: str) -> Thing:
    """An advance is over when its request is answered; the answer says ``advancing`` all the same, as Stripe's does."""
    return world.get("test_helpers.test_clock", name)


@route("GET", "/v1/test_helpers/test_clocks")
def list_test_clocks(world: World, params: Thing) -> Thing:
    return listed(world.all("test_helpers.test_clock"), params, "/v1/test_helpers/test_clocks")


@route("POST", "/v1/test_helpers/test_clocks/{test_clock}/advance")
def advance_test_clock(world: World, params: Thing, name: str) -> Thing:
    clock = world.get("test_helpers.test_clock", name)
    target = params["frozen_time"]
    if not clock["frozen_time"] < target <= clock["frozen_time"] + _LONGEST:
        raise invalid("frozen_time must be later than now, by two intervals at most.", param="frozen_time")
    advancing = clock | {"status": "advancing", "status_details": {"advancing": {"target_frozen_time": target}}}
    world.run_due(name, target)
    clock["frozen_time"] = target
    world.emit("test_helpers.test_clock.ready", clock)
    return advancing


@route("DELETE", "/v1/test_helpers/test_clocks/{test_clock}")
def delete_test_clock(world: World, params: Thing, name: str) -> Thing:
    """Its customers go with it."""
    clock = world.get("test_helpers.test_clock", name)
    for customer in [one for one in world.all("customer") if one["test_clock"] == name]:
        world.remove(customer)
    return world.remove(clock)
