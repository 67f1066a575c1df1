"""A Stripe that moves no money, for whoever has no keys: the tests' stand-in, on loopback, with all that was bought
there before."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from embedded.folders import Folders
from embedded.process import Child, Sleep
from embedded.record import Record

PROGRAM = "tests.support.stripe"
START_SECONDS = 30.0
STOP = ((signal.SIGTERM, 0.4),)


class Pretence:
    def __init__(self, child: Child) -> None:
        self.child = child
        self._said_before = child.log.stat().st_size if child.log.exists() else 0

    @contextlib.contextmanager
    def running(self, folders: Folders, env: Mapping[str, str], webhook: str) -> Iterator[None]:
        try:
            state = folders.var / "stripe.state"
            command: list[str | Path] = [sys.executable, "-m", PROGRAM, "--webhook", webhook, "--state", state]
            self.child.start(command, cwd=folders.checkout, env=env)
            yield
        finally:
            self.child.stop(*STOP)

    def settings(self) -> dict[str, str]:
        """What Parley needs to speak to it, once it listens. Raises CannotRun if it does not."""
        self.child.wait_until(lambda: "Ready" in self._said(), START_SECONDS)
        return dict(line.split("=", 1) for line in self._said() if line.startswith("STRIPE_"))

    def _said(self) -> list[str]:
        return self.child.log.read_bytes()[self._said_before :].decode(errors="replace").splitlines()


@contextlib.contextmanager
def pretended_stripe(
    folders: Folders, env: Mapping[str, str], webhook: str, record: Record, sleep: Sleep
) -> Iterator[Pretence | None]:
    """Starts it and does not wait for it; None, and nothing is started, in a checkout without its tests or where there
    are keys of Stripe's."""
    has_keys = env.get("STRIPE_SECRET_KEY") or env.get("STRIPE_SECRET_KEY_FILE")
    if has_keys or not folders.checkout.joinpath(*PROGRAM.split(".")).is_dir():
        yield None
        return
    pretence = Pretence(Child("stripe", folders.logs / "stripe.log", record, sleep))
    with pretence.running(folders, env, webhook):
        yield pretence
