"""``python -m tests.support.stripe``: the stand-in as a process of its own, for ``make run`` without keys."""

from __future__ import annotations

import argparse
import signal
import threading

from tests.support.stripe.stand_in import KEY, StripeStandIn


def main() -> None:
    """Prints what to put into the environment, then serves until it is told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--webhook", default="", help="address of an endpoint for all events")
    arguments = parser.parse_args()
    over = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: over.set())
    with StripeStandIn(port=arguments.port) as stand_in:
        print(f"STRIPE_API_BASE={stand_in.url}")
        print(f"STRIPE_SECRET_KEY={KEY}")
        if arguments.webhook:
            print(f"STRIPE_WEBHOOK_SECRET={stand_in.endpoint(arguments.webhook)}")
        print("Ready", flush=True)
        over.wait()


if __name__ == "__main__":
    main()
