"""``manage.py`` with less patience, for the product has no switch for it: what PostgreSQL and files tell is read anew
each second, and the certificates are those in the folder CERTIFICATES."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path


def hurry() -> None:
    from watching import certificates, readings

    readings._SECONDS = 1.0
    readings.earliest_expiry = partial(certificates.earliest_expiry, Path(os.environ["CERTIFICATES"]))  # type: ignore[attr-defined]


if __name__ == "__main__":
    import django
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    hurry()
    execute_from_command_line(sys.argv)
