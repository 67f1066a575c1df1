"""A Chromium to drive: the one named, the machine's own, Playwright's, or one that Playwright installs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.async_api import Playwright

ARGUMENTS = [
    "--no-sandbox",  # containers and root have none to offer
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium(playwright: Playwright) -> str:
    """Its path. Installs one, and says so, where there is none."""
    named = os.environ.get("PARLEY_CHROMIUM")
    if named:
        return named
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    own = playwright.chromium.executable_path
    if not Path(own).exists():
        print("No Chromium found: installing Playwright's.", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True, stdout=sys.stderr)
    return own
