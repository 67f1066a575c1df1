"""``manage.py serve`` with a fault built in, for the product has no switch for it: of the rings of durable events,
every ``FORGET_EVERY``th is forgotten between commit and publish."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterable

from chat.delivery.bell import Bell, Ring

FORGOTTEN = "ring forgotten"


def forget(every: int) -> None:
    ring_bell = Bell._send
    count = itertools.count(1)

    async def ring_most(bell: Bell, group: str, rings: Iterable[Ring]) -> None:
        durable = [ring for ring in rings if ring.first]
        if durable and next(count) % every == 0:
            print(FORGOTTEN, durable[0].first, flush=True)
        else:
            await ring_bell(bell, group, rings)

    Bell._send = ring_most  # type: ignore[method-assign]


if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    forget(int(os.environ["FORGET_EVERY"]))
    execute_from_command_line(sys.argv)
