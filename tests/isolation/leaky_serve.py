"""``manage.py serve`` with all leaks planted: the file that LEAK_SWITCH names says which is on."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.core.management import execute_from_command_line

    from chat.delivery import presence
    from chat.delivery.bell import Bell
    from tests.isolation.leaks import planted

    presence.NOTE_SECONDS = 0.1
    # As if there were another process to ring.
    Bell._alone = property(lambda bell: False, lambda bell, alone: None)  # type: ignore[assignment, misc]
    with planted():
        execute_from_command_line(sys.argv)
