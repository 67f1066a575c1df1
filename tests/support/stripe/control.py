"""The switches, one method each: called by ``StripeStandIn``, or as ``POST /_control/<method>`` with JSON arguments."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from tests.support.stripe.delivery import Deliveries
from tests.support.stripe.rendering import rendered
from tests.support.stripe.world import World

Trouble = int | str
_SETTINGS = ("after_retries", "retry_days", "tax_percent")


class Control:
    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self.world = world
        self.deliveries = deliveries
        self.slow = 0.0
        self._next: deque[Trouble] = deque()
        self._down = False
        self._over = asyncio.Event()
        self._methods: dict[str, Any] = {
            "advance": self.advance,
            "deliver": self.deliver,
            "down": self.down,
            "events": self.events,
            "fail": self.fail,
            "release": self.release,
            "settled": self.settled,
            "settings": self.settings,
            "slowly": self.slowly,
        }

    async def run(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Raises LookupError for no such switch, TypeError and ValueError for arguments that it does not take."""
        told = self._methods[name](**arguments)
        return {"told": await told if asyncio.iscoroutine(told) else told}

    def deliver(self, **switches: Any) -> None:
        """How webhooks travel: see ``Switches``."""
        self.deliveries.set(**switches)

    def release(self, events: list[str] | None = None) -> int:
        """Held deliveries go: all, or those of these events in this order."""
        return self.deliveries.release(events)

    async def settled(self) -> None:
        """Returns when no delivery is under way."""
        await self.deliveries.settled()

    def fail(self, times: int, how: Trouble = 500) -> None:
        """The next requests: a status, ``timeout`` (nothing done, no answer) or ``lost`` (done, but no answer)."""
        if not isinstance(how, int) and how not in ("timeout", "lost"):
            raise ValueError(f"{how!r} is no status, timeout or lost")
        self._next.extend([how] * times)

    def slowly(self, seconds: float) -> None:
        """Every answer of the API takes that long."""
        self.slow = seconds

    def down(self, down: bool = True) -> None:
        """Every request is answered with 503."""
        self._down = down

    def advance(self, seconds: int) -> int:
        """The time of customers without a test clock; it stands still from then on. What it is now."""
        self.world.advance(seconds)
        return self.world.now()

    def settings(self, **settings: Any) -> dict[str, Any]:
        """The account's: ``tax_percent``, ``retry_days`` after the first attempt, and ``after_retries`` (``cancel``,
        ``unpaid`` or ``past_due``)."""
        if unknown := settings.keys() - set(_SETTINGS):
            raise TypeError(f"no such setting: {', '.join(unknown)}")
        self.world.settings |= settings
        return self.world.settings

    def events(self) -> list[dict[str, Any]]:
        """Every event, the oldest first."""
        told: list[dict[str, Any]] = rendered(self.world, list(self.world.all("event"))[::-1])
        return told

    def trouble_of_next(self) -> Trouble | None:
        if self._down:
            return 503
        return self._next.popleft() if self._next else None

    async def never(self) -> None:
        """No answer before the stand-in is stopped."""
        await self._over.wait()

    def give_up(self) -> None:
        self._over.set()
