"""``manage.py worker`` by a clock of its own, for the product has no switch for it: since the moment that the first
argument names (seconds since 1970) its time passes sixty times as fast. A lease of a minute runs out in a second.

It makes ready, and begins when its standard input ends.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime

PACE = 60


def hurry(began: float) -> None:
    from chat import tasks

    def now() -> datetime:
        return datetime.fromtimestamp(began + PACE * (time.time() - began), UTC)

    tasks.now = now  # type: ignore[attr-defined]


if __name__ == "__main__":
    import django
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    hurry(float(sys.argv[1]))
    sys.stdin.read()
    execute_from_command_line(["manage.py", "worker"])
