"""All that this Stripe account holds: objects by id, their clocks, and what is due when.

Objects are dictionaries as Stripe's JSON has them, references being ids; keys that begin with ``_`` are the stand-in's
own. Everything runs in one thread, a request or a due job at a time.
"""

from __future__ import annotations

import copy
import hashlib
import heapq
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.stripe import declared
from tests.support.stripe.errors import invalid, missing
from tests.support.stripe.rendering import UNSAID, rendered

Thing = dict[str, Any]
Job = Callable[["World", Thing], None]
ENDED = ("canceled", "incomplete_expired")
"""A subscription's states after which nothing happens to it."""

_JOBS: dict[str, tuple[int, Job]] = {}


def job(rank: int) -> Callable[[Job], Job]:
    """Something that time brings about. Of jobs due in the same second the lowest ``rank`` comes first."""

    def register(act: Job) -> Job:
        _JOBS[act.__name__] = rank, act
        return act

    return register


class World:
    on_event: Callable[[Thing], None] = staticmethod(lambda event: None)
    """Hears of every event."""

    def __init__(self, *, seed: str = "", now: int | None = None) -> None:
        """``now`` stops the clock there, in seconds since 1970; otherwise it is the machine's."""
        self.seed = seed
        self.objects: dict[str, Thing] = {}
        self.settings: Thing = {"tax_percent": 0.0, "after_retries": "cancel", "retry_days": [1, 3, 5, 7]}
        self.request: Thing = {"id": None, "idempotency_key": None}
        self.origin = ""
        self._stopped_at = now
        self._moments: dict[str | None, int] = {}
        self._due: dict[str | None, list[tuple[int, int, int, str, str]]] = defaultdict(list)
        self._kinds: dict[str, dict[str, Thing]] = defaultdict(dict)
        self._counts: dict[str, int] = defaultdict(int)
        self._fresh: list[str] = []
        self.account = self.name("acct")

    def name(self, prefix: str) -> str:
        """The next id of its kind: the same ones in the same order for the same seed."""
        self._counts[prefix] += 1
        told = f"{self.seed}:{prefix}:{self._counts[prefix]}"
        return f"{prefix}_{hashlib.sha256(told.encode()).hexdigest()[:24]}"

    def new(self, kind: str, prefix: str, *, clock: str | None = None, **fields: Any) -> Thing:
        """An object with every field that its class declares; those not given are null."""
        made = {name: value for name, value in declared.blank(kind).items() if name not in UNSAID.get(kind, ())}
        annotations = declared.resource(kind).__annotations__
        common = {"object": kind, "livemode": False, "created": self.now(clock), "metadata": {}, "test_clock": clock}
        made |= {name: value for name, value in common.items() if name in annotations}
        made |= fields | {"id": fields.get("id") or self.name(prefix), "_clock": clock}
        self._fresh.append(made["id"])
        return self.keep(made)

    def settle(self, *, refused: bool) -> None:
        """At a request's end: what one that was refused had made already is not there."""
        for name in self._fresh if refused else ():
            if name in self.objects:
                del self._kinds[self.objects.pop(name)["object"]][name]
        self._fresh.clear()

    def keep(self, thing: Thing) -> Thing:
        self.objects[thing["id"]] = self._kinds[thing["object"]][thing["id"]] = thing
        return thing

    def forget(self, thing: Thing) -> Thing:
        """For what has no id in the API."""
        for place in (self.objects, self._kinds[thing["object"]]):
            del place[thing["id"]]
        del thing["id"]
        return thing

    def get(self, kind: str, name: str, param: str | None = None) -> Thing:
        """Raises ``Refused``: 404 for a name in the address, 400 for one in ``param``."""
        found = self._kinds[kind].get(name)
        if found is None or (found.get("deleted") and param):
            refusal = missing(kind, name, param or "id")
            refusal.status = 400 if param else 404
            raise refusal
        return found

    def all(self, kind: str) -> Iterator[Thing]:
        """Newest first."""
        return (thing for thing in reversed([*self._kinds[kind].values()]) if not thing.get("deleted"))

    def remove(self, thing: Thing) -> Thing:
        gone = {"id": thing["id"], "object": thing["object"], "deleted": True, "_clock": thing["_clock"]}
        self.keep(gone)
        return gone

    def __getstate__(self) -> Thing:
        """For keeping it in a file: all but who listens."""
        return {name: value for name, value in vars(self).items() if name != "on_event"}

    # Time

    def now(self, clock: str | None = None) -> int:
        if clock in self._moments:
            return self._moments[clock]
        if clock is not None:
            return int(self.objects[clock]["frozen_time"])
        return int(time.time()) if self._stopped_at is None else self._stopped_at

    def later(self, when: int, act: Job, thing: Thing) -> None:
        """``act`` on ``thing`` at ``when`` by the thing's clock. It finds out itself whether that is still wanted."""
        clock, name = thing["_clock"], act.__name__
        self._counts["job"] += 1
        heapq.heappush(self._due[clock], (when, _JOBS[name][0], self._counts["job"], name, thing["id"]))

    def run_due(self, clock: str | None = None, until: int | None = None) -> None:
        """All that is due by now, or ``until``, each at its own second."""
        until = self.now(clock) if until is None else until
        jobs = self._due[clock]
        try:
            while jobs and jobs[0][0] <= until:
                when, _, _, name, thing = heapq.heappop(jobs)
                self._moments[clock] = when
                _JOBS[name][1](self, self.objects[thing])
        finally:
            self._moments.pop(clock, None)

    def at(self, when: int, act: Job, thing: Thing) -> None:
        """``act`` as if it were ``when``: for rehearsals."""
        self._moments[thing["_clock"]] = when
        act(self, thing)
        del self._moments[thing["_clock"]]

    def advance(self, seconds: int) -> None:
        """The stand-in's own clock: for customers without a test clock. Stops it if it ran."""
        target = self.now() + seconds
        self.run_due(None, target)
        self._stopped_at = target

    def rehearsal(self) -> World:
        """A copy on which something can be tried that nobody hears of. (Events are never changed, so never copied.)"""
        memo: dict[int, Any] = {id(event): event for event in self._kinds["event"].values()}
        return copy.deepcopy(self, memo)

    # Events

    def emit(self, kind: str, thing: Thing, previous: Thing | None = None) -> None:
        data: Thing = {"object": rendered(self, thing)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.new(
            "event",
            "evt",
            clock=thing["_clock"],
            type=kind,
            api_version=declared.API_VERSION,
            data=data,
            pending_webhooks=0,
            request=dict(self.request),
        )
        self.on_event(event)

    @contextmanager
    def changing(self, thing: Thing, kind: str) -> Iterator[None]:
        """Emits ``kind`` with what was before, if anything that customers see became different."""
        before = copy.deepcopy(rendered(self, thing))
        yield
        previous = _previous(before, rendered(self, thing))
        if previous:
            self.emit(kind, thing, previous)

    def attach_metadata(self, thing: Thing, given: Any) -> None:
        """Keys with empty values are taken away; ``""`` takes away all."""
        if given == "":
            thing["metadata"] = {}
        elif given:
            thing["metadata"] = {k: v for k, v in {**thing["metadata"], **given}.items() if v != ""}


def _previous(before: Thing, after: Thing) -> Thing:
    return {
        name: _previous(value, after[name]) if isinstance(value, dict) and isinstance(after.get(name), dict) else value
        for name, value in before.items()
        if after.get(name) != value
    }


def page(data: list[Any], url: str, *, has_more: bool = False) -> Thing:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def listed(things: Iterator[Thing], params: Thing, url: str) -> Thing:
    """A page of ``things``, which are the newest first (https://docs.stripe.com/api/pagination)."""
    found = [thing for thing in things if _in_range(thing.get("created", 0), params.get("created"))]
    names = [thing["id"] for thing in found]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Invalid limit: must be between 1 and 100.", param="limit")
    start, end = 0, len(found)
    if after := params.get("starting_after"):
        start = _place(names, after, "starting_after") + 1
    if before := params.get("ending_before"):
        end = _place(names, before, "ending_before")
        start = max(0, end - limit)
        return page(found[start:end], url, has_more=start > 0)
    return page(found[start : start + limit], url, has_more=start + limit < end)


def _place(names: list[str], name: str, param: str) -> int:
    if name not in names:
        raise invalid(f"No such object: '{name}'", param=param, code="resource_missing")
    return names.index(name)


def _in_range(value: int, wanted: Any) -> bool:
    if wanted is None or isinstance(wanted, int):
        return wanted in (None, value)
    tests = {"gt": value.__gt__, "gte": value.__ge__, "lt": value.__lt__, "lte": value.__le__}
    return all(tests[name](bound) for name, bound in wanted.items())
