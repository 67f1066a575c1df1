"""Where people's files lie: whether something can be written, read and removed there."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from console.doctor.finding import Finding, fail, ok
from kit.ids import opaque

_ADVICE = "See MEDIA_URL: the folder's owner and room, or the bucket's credentials."


def check() -> Iterator[Finding]:
    storage = storages["uploads"]
    try:
        name = storage.save(opaque("doctor"), ContentFile(b"parley"))
        with storage.open(name) as file:
            whole = file.read() == b"parley"
        storage.delete(name)
    except Exception as error:  # noqa: BLE001 - each storage raises errors of its own
        yield fail(f"Nothing can be written there: {type(error).__name__}", _ADVICE)
        return
    yield ok("Files can be written, read and removed") if whole else fail("A file came back changed", _ADVICE)
