"""The process that atheris feeds in: ``python -m tests.input.fuzz.feeding NAME SLOWEST CORPUS [libFuzzer's options]``.

The longest time that one answer took, as this process counts its own, is kept in the file SLOWEST.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from time import process_time

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

from tests.input.fuzz import set_up_django, target_of

_LED_BY = ["chat.api", "chat.commands", "chat.files", "chat.markdown", "chat.socket", "kit", "servers", "tenants"]
_LED_BY += ["jwt", "linkify_it", "markdown_it"]


def feed(name: str, slowest: Path, corpus: Path, *options: str) -> None:
    with atheris.instrument_imports(include=_LED_BY):
        set_up_django()
        target = target_of(name)
    for seed in target.SEEDS:
        (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    longest = 0.0

    def try_one(data: bytes) -> None:
        nonlocal longest
        began = process_time()
        target.try_one(data)
        took = process_time() - began
        if took > longest:
            longest = took
            slowest.write_text(f"{took:.4f}")

    atheris.Setup([sys.argv[0], *options, str(corpus)], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    feed(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])
