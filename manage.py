#!/usr/bin/env python
"""Parley's command line. ``platform/`` is a plain directory of packages: it joins the path here."""

import gc
import os
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent / "platform"))


def main() -> None:
    # Nearly all that a command, a request or a message leaves behind goes by its reference count: looking for cycles
    # after each 700 objects finds none, and takes a tenth of every start.
    gc.set_threshold(20_000, 20, 50)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as wrong:
        sys.exit(f"parley: {wrong}")


if __name__ == "__main__":
    main()
