"""The stand-in as tests hold it: a server on a thread of its own, and its switches as methods."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import stripe
import uvicorn

from tests.support.stripe.app import App
from tests.support.stripe.checkout import pay
from tests.support.stripe.control import Control, Trouble
from tests.support.stripe.delivery import Answered, Deliveries, signature
from tests.support.stripe.events import create_webhook_endpoint
from tests.support.stripe.world import Thing, World

Told = TypeVar("Told")
KEY = "sk_test_stand_in"
_TICK_SECONDS = 1.0
_made = itertools.count(1)


def _listen(port: int) -> socket.socket:
    """The protocol is named because asyncio sends small answers without delay only where it is."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


class StripeStandIn:
    """``now`` stops the time of customers without a test clock there; otherwise it is the machine's. Ids are the same
    for the same ``seed``, and by default differ between stand-ins of a process. ``port`` 0 is any free one. ``world``
    is one to go on with."""

    def __init__(
        self, *, port: int = 0, seed: str | None = None, now: int | None = None, world: World | None = None
    ) -> None:
        self.world = world or World(seed=f"{next(_made)}" if seed is None else seed, now=now)
        self.answers: list[Thing] | None = None
        """Every answer of the API, once a test has set this to a list."""
        self._port = port
        self._deliveries = Deliveries(self.world)

    def __enter__(self) -> StripeStandIn:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Its life

    def start(self) -> StripeStandIn:
        """Listens. After ``stop`` again on the same port, with all that it held: Stripe was away for a while."""
        listener = _listen(self._port)
        self._port = listener.getsockname()[1]
        self.world.origin = self.url
        self._loop = asyncio.new_event_loop()
        self._control = Control(self.world, self._deliveries)
        self.world.on_event = self._deliveries.take
        app = App(self.world, self._control, on_answer=self._note)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(listener,), name="stripe-stand-in", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._control.give_up)
        self._server.should_exit = True
        self._thread.join()

    def _serve(self, listener: socket.socket) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._live(listener))
        self._loop.close()

    async def _live(self, listener: socket.socket) -> None:
        ticking = asyncio.create_task(self._tick())
        self._deliveries.start()
        await self._server.serve(sockets=[listener])
        ticking.cancel()
        await self._deliveries.close()

    async def _tick(self) -> None:
        while True:
            self.world.run_due()
            await asyncio.sleep(_TICK_SECONDS)

    def _note(self, answer: Thing) -> None:
        if self.answers is not None:
            self.answers.append(answer)

    # Speaking to it

    @property
    def url(self) -> str:
        """For ``STRIPE_API_BASE``."""
        return f"http://127.0.0.1:{self._port}"

    def client(self, **options: Any) -> stripe.StripeClient:
        return stripe.StripeClient(KEY, base_addresses={"api": self.url}, **options)

    def endpoint(self, url: str, *kinds: str) -> str:
        """Delivers events of these types, or all, to ``url``: the endpoint's signing secret."""
        params = {"url": url, "enabled_events": list(kinds) or ["*"]}
        return str(self.call(create_webhook_endpoint, self.world, params)["secret"])

    def pay(self, session: str, card: str = "pm_card_visa", **typed: Any) -> str:
        """What its customer does on the page of a Checkout Session, given by its id: where the page leads. ``typed``:
        ``email``, ``code``, ``authenticated``. Raises ``Refused`` where the page would say so."""
        return self.call(lambda: pay(self.world, self.world.get("checkout.session", session), card, **typed))

    def call(self, function: Callable[..., Told], *arguments: Any) -> Told:
        """Runs it between two requests."""

        async def act() -> Told:
            return function(*arguments)

        return self._run(act())

    def _run(self, work: Coroutine[Any, Any, Told]) -> Told:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    # Events

    @property
    def events(self) -> list[Thing]:
        """Every event so far, the oldest first, as JSON has it."""
        return self.call(self._control.events)

    @property
    def deliveries(self) -> list[Answered]:
        """Every attempt to deliver so far, with the answer's status."""
        return list(self._deliveries.answered)

    @staticmethod
    def signed(event: Thing, secret: str, at: int | None = None) -> tuple[bytes, str]:
        """Body and ``Stripe-Signature`` of a delivery, for a test that delivers itself. ``at``: seconds since 1970."""
        body = json.dumps(event, indent=2).encode()
        return body, signature(body, secret, at)

    # Switches: see ``Control`` and ``Switches``

    def deliver(self, **switches: Any) -> None:
        self.call(lambda: self._control.deliver(**switches))

    def release(self, events: list[str] | None = None) -> int:
        return self.call(self._control.release, events)

    def settled(self) -> None:
        self._run(self._control.settled())

    def fail(self, times: int, how: Trouble = 500) -> None:
        self.call(self._control.fail, times, how)

    def slowly(self, seconds: float) -> None:
        self.call(self._control.slowly, seconds)

    def down(self, down: bool = True) -> None:
        self.call(self._control.down, down)

    def advance(self, seconds: int) -> int:
        return self.call(self._control.advance, seconds)

    def settings(self, **settings: Any) -> Thing:
        return self.call(lambda: self._control.settings(**settings))
