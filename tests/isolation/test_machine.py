"""Tenants with the same ids do everything, in whatever order hypothesis thinks of, on one database connection. What one
of them is shown is never another's.

Long, with the environment's OBSERVATIONS: new orders, until so many things were looked at.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tenants.connections import close_pool
from tests.isolation.cast import make_twins, observer_of
from tests.isolation.play import Play
from tests.support.server import LiveServer

OBSERVATIONS = int(os.environ.get("OBSERVATIONS", "0"))
_TENANTS = (4, 8)
_LONG = 60
"""Steps of one order in a long run, in which conversations grow."""
STEPS = (
    "say",
    "post",
    "type",
    "come_back",
    "name_people",
    "make_room",
    "read_history",
    "read_pages",
    "read_tags",
    "search",
    "keep_pace",
    "hand_in",
    "open_pages",
    "export",
    "knock",
    "stumble",
    "listen_by_webhook",
    "deliver",
    "index",
    "count",
    "invite",
)
PLACES = ("frame", "database", "download", "file")
"""Where each tenant has seen its own words after any order of steps, for that is how an order begins."""


class Machine(RuleBasedStateMachine):
    """``server`` and ``loop`` are the test's; all else is made anew for each order."""

    server: LiveServer
    loop: asyncio.AbstractEventLoop
    observed = 0
    eagerness = 1
    broken: Exception | None = None

    @initialize(number=st.integers(*_TENANTS))
    def come(self, number: int) -> None:
        self.taken: list[str] = []
        self.observer = observer_of(twins := make_twins(number))
        self.play = Play(self.server, twins, self.observer, self.eagerness)
        self._do(self.play.__aenter__())
        for step in ("connect", "say", "hand_in"):
            self.go_on(step)

    @rule(step=st.sampled_from(STEPS))
    def go_on(self, step: str) -> None:
        if self.broken is None:
            self.taken.append(step)
            self._do(self._step(step))

    async def _step(self, step: str) -> None:
        await self.play.step(step)
        self.observer.check(())

    def teardown(self) -> None:
        if hasattr(self, "play"):
            if self.broken is None:
                self._do(self._look())
            self._do(self.play.__aexit__())
            type(self).observed += self.observer.observations
            print(f"{self.observed:,} observations", flush=True)

    async def _look(self) -> None:
        await self.play.look()
        self.observer.check(PLACES)

    def _do(self, work: Coroutine[Any, Any, object]) -> None:
        """What breaks ends all of it: hypothesis would try it once more, and a server does nothing twice alike."""
        try:
            self.loop.run_until_complete(work)
        except Exception as broken:  # noqa: BLE001 - it is raised once all has ended
            broken.add_note(" ".join(self.taken))
            type(self).broken = self.broken or broken


@pytest.fixture
def machine(serve: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Machine]]:
    """One connection for the server, and one for the jobs, which this process does."""
    monkeypatch.setattr(django_settings, "DATABASE_POOL_SIZE", 1)
    loop = asyncio.new_event_loop()
    Machine.server, Machine.loop, Machine.observed = serve(DATABASE_POOL_SIZE="1"), loop, 0  # type: ignore[operator]
    yield Machine
    loop.run_until_complete(close_pool())
    loop.close()


@pytest.mark.timeout(600)
def test_whatever_tenants_do_in_whatever_order_each_sees_its_own(machine: type[Machine]) -> None:
    _run(machine, examples=2, steps=18, derandomize=True)
    assert machine.observed > 5_000


@pytest.mark.skipif(not OBSERVATIONS, reason="takes long: OBSERVATIONS says how many")
@pytest.mark.timeout(0)
def test_the_same_for_as_long_as_it_is_asked_to(machine: type[Machine]) -> None:
    machine.eagerness = 50
    while machine.observed < OBSERVATIONS:
        _run(machine, examples=3, steps=_LONG, derandomize=False)


def _run(machine: type[Machine], *, examples: int, steps: int, derandomize: bool) -> None:
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=derandomize,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=how)
    if machine.broken is not None:
        raise machine.broken
