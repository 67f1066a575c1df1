"""A tenant moves to another installation while its people chat: this side of it.

Its file is taken over there first. What changed meanwhile follows, again and again, until little is left; for that it
is read and not written; then it is closed here, and opened there. See ``deploy/PORTABILITY.md``.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from time import monotonic

from cryptography.fernet import Fernet

from kit.crypto import Sealer
from kit.errors import BUSY, INTERNAL, TENANT_STATE, UNAVAILABLE, ParleyError
from tenants.fleet import turn
from tenants.lifecycle import get_tenant
from tenants.models import MoveStep, TenantMove
from tenants.portability.changes import Changes
from tenants.portability.contents import contents
from tenants.portability.exporting import export_shared, export_tenant
from tenants.portability.following import Following, chunks_of, counts
from tenants.portability.leaving import begin_cut, close, come_back, stay
from tenants.portability.wire import Frame, LineLost, Wire
from tenants.records import TenantStatus

Progress = Callable[[str], None]
_FEW = 200
"""Changes that are left for when nobody writes."""
_MOST_STEPS = 100
_MOST_READ_ONLY = 20.0
"""Seconds after which a cut is given up."""
_MOST_HOLDING = 45.0
"""Seconds for webhooks that are under way to be answered; what is not is sent again from the new place, under the same
``webhook-id``."""
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Moved:
    """``read_only`` is in seconds, from when writing ended here to when it began there; None where another run did
    that. ``left`` and ``invitations``: as of an import."""

    url: str
    read_only: float | None
    left: list[str]
    invitations: list[str]


def move_tenant(slug: str, via: str, *, origin: str = "", progress: Progress = lambda _: None) -> Moved:
    """By way of the command ``via``, which runs ``tenant receive`` over there, with its two pipes. ``origin`` is where
    people find it then, if not where that says. Goes on with what was killed.

    Raises ParleyError ``tenant_not_found``, ``tenant_state``, ``busy``, ``unavailable`` (the line was lost: run it
    again), what a refusal over there says; OSError.
    """
    with turn(get_tenant(slug).schema_name):
        move, goes_on = _begun(slug), False
        try:
            with _line(via) as (wire, within):
                moving = _Move(move, wire, within, origin, progress)
                there = moving.found()
                goes_on = True
                return moving.run(there)
        except LineLost:
            raise ParleyError(UNAVAILABLE, f"The line was lost. {_standing(move)} Run it again to go on.") from None
        except ParleyError:
            if goes_on and move.step != MoveStep.CLOSED:
                _give_up(move, via)
            raise


def abandon_move(slug: str, via: str = "", *, there_is_none: bool = False) -> None:
    """It stays here, as if nothing had been. Once it is closed here the other place has to say that it is not open, by
    ``via``, or somebody that there is no such place any more.

    Raises ParleyError ``tenant_not_found``, ``tenant_state``, ``busy``, ``unavailable``; OSError.
    """
    with turn(get_tenant(slug).schema_name):
        move = TenantMove.objects.select_related("tenant").filter(tenant__slug=slug).first()
        if move is None:
            raise ParleyError(TENANT_STATE, f"{slug!r} is not about to move.")
        if via and move.schema_there:
            _discard(move, via)
        elif move.step == MoveStep.CLOSED and not there_is_none:
            raise ParleyError(TENANT_STATE, "It may be open at the other place by now: say how to ask, with --via.")
        stay(move)


def _begun(slug: str) -> TenantMove:
    tenant = get_tenant(slug)
    known = TenantMove.objects.select_related("tenant").filter(tenant=tenant).first()
    if known is not None:
        return known
    if tenant.moved_to:
        raise ParleyError(TENANT_STATE, f"{slug!r} lives at {tenant.moved_to} now.")
    if tenant.status != TenantStatus.ACTIVE:
        raise ParleyError(TENANT_STATE, f"{slug!r} is {tenant.status}: export it, and import it over there.")
    made: TenantMove = TenantMove.objects.create(tenant=tenant)
    return made


def _standing(move: TenantMove) -> str:
    if move.step == MoveStep.CLOSED:
        return "It is closed here, and may be open over there."
    return "It goes on here as before."


def _give_up(move: TenantMove, via: str) -> None:
    if move.schema_there:
        with suppress(ParleyError, OSError):
            _discard(move, via)
    stay(move)


def _discard(move: TenantMove, via: str) -> None:
    """Raises ParleyError ``tenant_state`` where it is open over there, ``unavailable``."""
    try:
        with _line(via) as (wire, _):
            wire.ask("discard", schema=move.schema_there)
    except LineLost:
        raise ParleyError(UNAVAILABLE, "The other place does not answer.") from None


Within = Callable[[float], AbstractContextManager[None]]


@contextmanager
def _line(via: str) -> Iterator[tuple[Wire, Within]]:
    """What is said to the command, and a limit of seconds for a block, after which the line is cut. Raises OSError."""
    with subprocess.Popen(shlex.split(via), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        @contextmanager
        def within(seconds: float) -> Iterator[None]:
            timer = Timer(seconds, process.kill)
            timer.start()
            try:
                yield
            finally:
                timer.cancel()

        try:
            yield Wire(process.stdout, process.stdin), within
        finally:
            with suppress(OSError):
                process.stdin.close()
            with within(_MOST_READ_ONLY):  # what hangs does not hang us
                process.wait()


class _Move:
    def __init__(self, move: TenantMove, wire: Wire, within: Within, origin: str, progress: Progress) -> None:
        self._move, self._wire, self._within, self._origin = move, wire, within, origin
        self._progress, self._tenant = progress, move.tenant
        self._changes = Changes(self._tenant.schema_name)
        self._read_only_since: float | None = None

    def found(self) -> Frame | None:
        """What the other place has of it; None where it has to be copied."""
        if self._move.step in (MoveStep.HOLDING, MoveStep.CUT):
            come_back(self._move)
        if not self._move.schema_there:
            return None
        there = self._wire.ask("resume", schema=self._move.schema_there)
        if there.kind != "unknown":
            return there
        if self._move.step == MoveStep.CLOSED:
            come_back(self._move)
        return None

    def run(self, there: Frame | None) -> Moved:
        """``there``: what was ``found``."""
        if there is not None and there.kind == "open":
            return self._finished(there)
        if self._move.step != MoveStep.CLOSED:
            paths = json.loads(there.content) if there is not None else self._copied()
            self._changes.go_on()
            self._follow(Following(self._tenant.schema_name, self._changes, self._wire, set(paths)))
        return self._opened()

    def _copied(self) -> list[str]:
        """The paths of the files that have arrived."""
        self._stand(MoveStep.COPYING, schema_there="")
        self._wire.ask("place", slug=self._tenant.slug)
        self._changes.begin()
        with tempfile.TemporaryDirectory(prefix="parley-move-") as folder:
            file = Path(folder) / "export.zip"
            export_tenant(self._tenant.slug, file, progress=self._progress)
            self._progress("on its way")
            with file.open("rb") as opened:
                self._wire.send("arrive")
                self._wire.send_stream(chunks_of(opened))
        arrived = self._wire.receive()
        self._stand(MoveStep.FOLLOWING, schema_there=arrived.told["schema"])
        paths: list[str] = json.loads(arrived.content)
        return paths

    def _follow(self, following: Following) -> None:
        self._progress("changes")
        self._catch_up(following)
        self._progress("verification")
        following.step(whole=True)
        self._stand(MoveStep.HOLDING)
        self._wait_for_answers()
        self._catch_up(following)
        url = self._origin or self._wire.ask("place", slug=self._tenant.slug).told["url"]
        try:
            self._cut(following, url)
        except BaseException:
            come_back(self._move)
            raise

    def _catch_up(self, following: Following) -> None:
        for _ in range(_MOST_STEPS):
            if following.step() <= _FEW:
                return
            self._move.save(update_fields=["touched_at"])
        raise ParleyError(BUSY, "More is written than can be followed: try again when there is less.")

    def _wait_for_answers(self) -> None:
        """Of servers that hear of events: what they say is noted while it can be."""
        until = monotonic() + _MOST_HOLDING
        while monotonic() < until:
            with self._changes.inside() as connection:
                if not contents().tells_somebody(connection):
                    return
            time.sleep(_LOOK_SECONDS)

    def _cut(self, following: Following, url: str) -> None:
        self._progress("read-only")
        self._read_only_since = monotonic()
        begin_cut(self._move)
        with self._within(_MOST_READ_ONLY):
            following.step()
            theirs = json.loads(self._wire.ask("complete").content)
        with self._changes.inside() as connection:
            ours = counts(connection, self._changes.tables)
        if theirs != ours:
            raise ParleyError(INTERNAL, "What arrived is not as much as is here.")
        close(self._move, url)

    def _opened(self) -> Moved:
        """Nobody changes anything of it here any more: what surrounds the conversation goes last."""
        key = Fernet.generate_key().decode()
        self._progress("opening")
        domains = self._tenant.domains.filter(verified_at__isnull=False).values_list("domain", flat=True)
        with tempfile.TemporaryDirectory(prefix="parley-move-") as folder:
            file = Path(folder) / "shared.zip"
            export_shared(self._tenant, file, Sealer([key]))
            with file.open("rb") as opened:
                self._wire.send("open", key=key, hosts=[*domains, self._tenant.host])
                self._wire.send_stream(chunks_of(opened))
        try:
            return self._finished(self._wire.receive())
        except ParleyError:
            come_back(self._move)
            raise

    def _finished(self, opened: Frame) -> Moved:
        self._move.delete()
        self._tenant.refresh_from_db(fields=["moved_to"])
        lasted = None if self._read_only_since is None else monotonic() - self._read_only_since
        left, invitations = opened.told.get("left", []), opened.told.get("invitations", [])
        return Moved(self._tenant.moved_to, lasted, left, invitations)

    def _stand(self, step: MoveStep, **more: str) -> None:
        self._move.step = step
        for name, value in more.items():
            setattr(self._move, name, value)
        self._move.save()
