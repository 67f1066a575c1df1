"""A Chromium for the browser tests: the one that is here, or one installed now.

``python -m tests.support.chromium`` finds or installs it and says which.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium's own sandbox needs a user that is not root.
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
"""Switches that keep Chromium from calling home while it is tested."""


def find_chromium(playwrights_own: str) -> str | None:
    """``$CHROMIUM``, one on the PATH, an installed Chrome, or Playwright's own download."""
    named = [os.environ.get("CHROMIUM"), *map(shutil.which, _NAMES), str(_MAC), playwrights_own]
    return next((path for path in named if path and Path(path).is_file()), None)


def install_chromium() -> None:
    """With the system's packages when we may, otherwise Playwright's build. Neither may be reachable."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium"], env=quiet, check=False, stdout=subprocess.DEVNULL
        )
    if not any(map(shutil.which, _NAMES)):
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    found = find_chromium(own)
    if found is None:
        print("No Chromium here: installing one …", flush=True)
        install_chromium()
        found = find_chromium(own)
    if found is None:
        sys.exit("The browser tests need a Chromium: install one and set CHROMIUM to its path.")
    print(f"Browser tests use {found}")


if __name__ == "__main__":
    main()
