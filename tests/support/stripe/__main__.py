"""``python -m tests.support.stripe``: the stand-in as a process of its own, for ``make run`` without keys."""

from __future__ import annotations

import argparse
import pickle
import secrets
import signal
import threading
from pathlib import Path

from tests.support.stripe.stand_in import KEY, StripeStandIn
from tests.support.stripe.world import World


def main() -> None:
    """Prints what to put into the environment, then serves until it is told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--webhook", default="", help="address of an endpoint for all events")
    parser.add_argument("--state", type=Path, help="a file of its own, from which it goes on and to which it is kept")
    arguments = parser.parse_args()
    over = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: over.set())
    world = _kept(arguments.state) or World(seed=secrets.token_hex(8))
    with StripeStandIn(port=arguments.port, world=world) as stand_in:
        print(f"STRIPE_API_BASE={stand_in.url}")
        print(f"STRIPE_SECRET_KEY={KEY}")
        if arguments.webhook:
            print(f"STRIPE_WEBHOOK_SECRET={_secret(stand_in, arguments.webhook)}")
        print("Ready", flush=True)
        over.wait()
    if arguments.state:
        arguments.state.write_bytes(pickle.dumps(world))


def _kept(state: Path | None) -> World | None:
    return pickle.loads(state.read_bytes()) if state and state.exists() else None


def _secret(stand_in: StripeStandIn, url: str) -> str:
    """Of the endpoint at ``url``, which may be there from the last time."""
    known = (endpoint for endpoint in stand_in.world.all("webhook_endpoint") if endpoint["url"] == url)
    endpoint = next(known, None)
    return str(endpoint["_secret"]) if endpoint else stand_in.endpoint(url)


if __name__ == "__main__":
    main()
