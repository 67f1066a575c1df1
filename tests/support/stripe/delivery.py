"""Webhooks on their way: signed, and late, repeated, shuffled or lost as the switches say
(https://docs.stripe.com/webhooks#verify-manually)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import httpx

from tests.support.stripe.rendering import rendered
from tests.support.stripe.world import Thing, World

_BATCH_SECONDS = 0.05
_PATIENCE = 30.0


def signature(body: bytes, secret: str, at: int | None = None) -> str:
    """The ``Stripe-Signature`` header. Its time is the machine's, also where a test clock says otherwise."""
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@dataclass
class Switches:
    """What may happen on the way to every endpoint."""

    delay: float = 0.0
    """Seconds before each delivery."""
    repeat: int = 1
    """How often each event is delivered."""
    shuffle: int | None = None
    """A seed: events that come close together are delivered in another order."""
    lose_types: tuple[str, ...] = ()
    """Patterns of types that are never delivered."""
    lose_nth: tuple[int, ...] = ()
    """Numbers of events, counted from 1 since this was set, that are never delivered."""
    hold: bool = False
    """Nothing is delivered until it is released."""
    retries: tuple[float, ...] = (0.2, 0.5, 1, 2, 5, 10)
    """Seconds after which a delivery that was not answered with 2xx is tried again."""


@dataclass(eq=False)
class Delivery:
    event: Thing
    endpoint: Thing
    tried: int = 0


@dataclass(frozen=True)
class Answered:
    """An attempt. ``status`` is 0 where nobody answered."""

    event: str
    type: str
    url: str
    status: int


@dataclass
class Deliveries:
    world: World
    switches: Switches = field(default_factory=Switches)
    held: list[Delivery] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    _since: int = 0
    _waiting: list[Delivery] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _client: httpx.AsyncClient | None = None
    _on_way: asyncio.Lock = field(default_factory=asyncio.Lock)

    def set(self, **switches: Any) -> None:
        """Raises TypeError for a switch that there is not. ``lose_nth`` counts anew."""
        known = {name: tuple(value) if isinstance(value, list) else value for name, value in switches.items()}
        self.switches = Switches(**{**vars(self.switches), **known})
        if "lose_nth" in switches:
            self._since = 0

    def take(self, event: Thing) -> None:
        """Every endpoint that wants the event is to get it."""
        self._since += 1
        wanted = [one for one in self.world.all("webhook_endpoint") if _wants(one, event["type"])]
        event["pending_webhooks"] = len(wanted)
        lost = self._since in self.switches.lose_nth
        if lost or any(fnmatchcase(event["type"], kind) for kind in self.switches.lose_types):
            return
        for endpoint in wanted:
            place = self.held if self.switches.hold else self._waiting
            place += [Delivery(event, endpoint) for _ in range(self.switches.repeat)]
        self.start()

    def release(self, events: Iterable[str] | None = None) -> int:
        """What was held goes, or those of it with these ids in this order; how many. Holding is over if all go."""
        if events is None:
            chosen, self.held = self.held, []
            self.set(hold=False)
        else:
            chosen = [one for name in events for one in self.held if one.event["id"] == name]
            self.held = [one for one in self.held if one not in chosen]
        self._waiting += chosen
        self.start()
        return len(chosen)

    async def settled(self) -> None:
        """Everything that is to be delivered was, retries too."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """What was not delivered waits for the next ``start``."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client:
            await self._client.aclose()
        self._client, self._on_way = None, asyncio.Lock()

    def start(self) -> None:
        """Delivers what waits. Called by the loop's thread."""
        if self._waiting:
            self._run(self._deliver_waiting())

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_waiting(self) -> None:
        """One at a time, so that nothing but the switches changes the order."""
        seed = self.switches.shuffle
        await asyncio.sleep(_BATCH_SECONDS if seed is not None else 0)
        async with self._on_way:
            if seed is not None:
                random.Random(f"{seed}:{self._since}").shuffle(self._waiting)
            while self._waiting:
                await asyncio.sleep(self.switches.delay)
                if self._waiting:
                    await self._deliver(self._waiting.pop(0))

    async def _deliver(self, delivery: Delivery) -> None:
        event, endpoint = delivery.event, delivery.endpoint
        body = json.dumps(rendered(self.world, event), indent=2).encode()
        status = await self._post(endpoint["url"], body, signature(body, endpoint["_secret"]))
        self.answered.append(Answered(event["id"], event["type"], endpoint["url"], status))
        if 200 <= status < 300:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
        elif delivery.tried < len(self.switches.retries):
            self._run(self._deliver_later(delivery))

    async def _deliver_later(self, delivery: Delivery) -> None:
        delivery.tried += 1
        try:
            await asyncio.sleep(self.switches.retries[delivery.tried - 1])
        except asyncio.CancelledError:
            self._waiting.append(delivery)
            raise
        await self._deliver(delivery)

    async def _post(self, url: str, body: bytes, signed: str) -> int:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_PATIENCE)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
        try:
            return (await self._client.post(url, content=body, headers=headers)).status_code
        except httpx.HTTPError:
            return 0


def _wants(endpoint: Thing, kind: str) -> bool:
    return endpoint["status"] == "enabled" and bool({"*", kind} & set(endpoint["enabled_events"]))
