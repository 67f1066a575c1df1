"""Test clocks (https://docs.stripe.com/api/test_clocks): customers made with one live in its time, as many of them and
as far at once as https://docs.stripe.com/billing/testing/test-clocks#limitations lets them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.stripe.arithmetic import moved
from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import ENDED, Thing, World, listed

_MOST = {"customer": 3, "subscription": 3}
_INTERVALS = 2


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
    if not clock["frozen_time"] < target <= _furthest(world, clock):
        message = "frozen_time must be later than now, by two intervals of the shortest subscription at most."
        raise invalid(message, param="frozen_time")
    advancing = clock | {"status": "advancing", "status_details": {"advancing": {"target_frozen_time": target}}}
    world.run_due(name, target)
    clock["frozen_time"] = target
    world.emit("test_helpers.test_clock.ready", clock)
    return advancing


def _furthest(world: World, clock: Thing) -> int:
    """Two years where nothing is subscribed to."""
    items = (item for one in _live(world, test_clock=clock["id"]) for item in one["items"]["data"])
    spans = [world.objects[item["price"]]["recurring"] for item in items]
    spans = spans or [{"interval": "year", "interval_count": 1}]
    now = clock["frozen_time"]
    return min(moved(now, span["interval"], _INTERVALS * span["interval_count"]) for span in spans)


def check_room(world: World, kind: str, clock: str | None, **which: str) -> None:
    """For one more of a ``kind`` in the clock's time."""
    found = _live(world, **which) if kind == "subscription" else (one for one in world.all(kind) if _is(one, which))
    if clock and len(list(found)) >= _MOST[kind]:
        raise invalid(f"A test clock has no room for more than {_MOST[kind]} {kind}s.", param="test_clock")


def _live(world: World, **which: str) -> Iterator[Thing]:
    return (one for one in world.all("subscription") if one["status"] not in ENDED and _is(one, which))


def _is(thing: Thing, which: dict[str, str]) -> bool:
    return all(thing[name] == value for name, value in which.items())
