"""Whatever parses people's bytes, each fed with bytes of all kinds: a target is a file of ``targets`` that has

* ``try_one(data)``, which raises where the parser does what it does not promise;
* ``SEEDS``, from which others are made.

``python -m tests.input.fuzz NAME SECONDS`` looks for more of them, led by what they reach in the code; the suite tries
the seeds, and what hypothesis makes of them.
"""

from __future__ import annotations

import os
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from tests.input.fuzz import targets


class Target(Protocol):
    SEEDS: list[bytes]

    def try_one(self, data: bytes) -> None: ...


NAMES = sorted(module.name for module in pkgutil.iter_modules(targets.__path__))


def target_of(name: str) -> Target:
    return cast(Target, import_module(f"tests.input.fuzz.targets.{name}"))


def set_up_django() -> None:
    """The settings, where nothing serves and no database is there."""
    import django

    os.environ.setdefault("PARLEY_ENV", str(Path(__file__).resolve().parents[3] / "deploy" / "example.env"))
    os.environ.setdefault("DATABASE_POOL_SIZE", "0")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
