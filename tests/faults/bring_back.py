"""What the worker does, sooner or later, for moves whose command was killed: ``python -m tests.faults.bring_back``.

A program, because the stage's database is none of the test's own.
"""

from __future__ import annotations

import os

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tenants.portability.importing import clear_abandoned
    from tenants.portability.leaving import bring_back

    bring_back()
    clear_abandoned()
