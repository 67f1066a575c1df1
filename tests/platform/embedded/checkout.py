"""A checkout to run in: a folder with a stand-in manage.py, and eyes for every process that belongs to it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from embedded.folders import Folders

PLATFORM = Path(__file__).resolve().parents[3] / "platform"
STANDIN = Path(__file__).with_name("standin_manage.py")
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "BASE_DOMAIN", "PORT", "DEBUG")
PATIENCE = 60.0
PRETENCE = """\
import signal, sys
print("STRIPE_API_BASE=http://127.0.0.1:9")
print("STRIPE_SECRET_KEY=sk_test_x")
print("STRIPE_WEBHOOK_SECRET=for", *sys.argv[1:])
print("Ready", flush=True)
signal.pause()
"""


class Checkout:
    """Everybody may enter the folder unless `private`, as a folder of root's that mktemp made would be."""

    def __init__(self, *, private: bool = False) -> None:
        self.top = Path(tempfile.mkdtemp(prefix="parley checkout's-", dir="/tmp"))
        self.top.chmod(0o700 if private else 0o755)
        self.folder = self.top / "clone"
        self.folder.mkdir()
        self.shelter = self.top / "shelter"
        self.var = self.folder / "var"
        self.port = free_port()
        shutil.copy(STANDIN, self.folder / "manage.py")

    def behave(self, *wrong: str) -> None:
        (self.folder / "behaviour").write_text(" ".join(wrong))

    def pretend(self) -> None:
        """With tests, and a stand-in for Stripe among them that does nothing but say so."""
        program = self.folder / "tests" / "support" / "stripe" / "__main__.py"
        program.parent.mkdir(parents=True)
        program.write_text(PRETENCE)

    @property
    def commands(self) -> list[str]:
        return (self.folder / "commands").read_text().splitlines()

    def start(self, **env: str) -> "Running":
        return Running(self, env)

    def processes(self) -> list[psutil.Process]:
        """Whatever works in this checkout, or was started for it, zombies left out."""
        found = []
        for process in psutil.process_iter():
            try:
                places = [process.cwd(), *process.cmdline()]
                if process.status() != psutil.STATUS_ZOMBIE and any(str(self.top) in place for place in places):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def remove(self) -> None:
        for process in self.processes():
            process.kill()
        for data in ("postgres", "valkey"):
            if (self.var / data).is_symlink():
                shutil.rmtree((self.var / data).resolve().parent, ignore_errors=True)
        shutil.rmtree(Folders(self.folder).sockets, ignore_errors=True)
        shutil.rmtree(self.top)


class Running:
    """`python -m embedded` in a checkout; `said` is all that it has printed."""

    def __init__(self, checkout: Checkout, env: dict[str, str]) -> None:
        self.checkout = checkout
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        with (checkout.top / "said").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "embedded", "--checkout", checkout.folder],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**inherited, "PYTHONPATH": str(PLATFORM), "PORT": str(checkout.port), **env},
                preexec_fn=_hear_hangups,
            )

    @property
    def said(self) -> str:
        return (self.checkout.top / "said").read_text()

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.said or self.process.poll() is not None)
        assert words in self.said, self.said

    def ready(self) -> "Running":
        self.wait_for("Ctrl-C stops everything")
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def refused(self) -> str:
        """What it says when it does not run: one reason, no traceback, code 1, and no process left."""
        assert self.process.wait(PATIENCE) == 1, self.said
        assert "Traceback" not in self.said
        assert self.checkout.processes() == []
        return self.said.split("Parley does not run: ")[1]


def _hear_hangups() -> None:
    """The tests themselves may run under nohup, which children inherit."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def wait_until(so: Callable[[], bool], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
