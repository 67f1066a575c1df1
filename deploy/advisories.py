"""Asks PyPI whether a library in requirements.txt has a known vulnerability (pip-audit); ends with 1 if one has.

What cannot be asked cannot fail a check: without the internet, or behind an index that keeps no advisories, it says so.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_COMMAND = ("pip_audit", "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")


def main(requirements: Path) -> int:
    pins = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==[^\s;]+", requirements.read_text(), re.MULTILINE)
    if not _known(_ask(pins[:1])):  # one question says whether there is anybody to ask
        return _say("Vulnerabilities: not checked, for PyPI's advisories cannot be reached from here.")
    known = _known(_ask(pins))
    unknown = f" Nothing is known of {len(pins) - len(known)}." if len(known) < len(pins) else ""
    found = [_told(each, flaw) for each in known for flaw in each["vulns"]]
    _say("\n".join([f"Vulnerabilities: {len(found)} in {len(known)} libraries.{unknown}", *found]))
    return 1 if found else 0


def _ask(pins: list[str]) -> list[dict[str, Any]]:
    """What pip-audit says of each; nothing where it gets no answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as asked:
        asked.write("\n".join(pins))
        asked.flush()
        ran = subprocess.run([sys.executable, "-m", *_COMMAND, "-r", asked.name], capture_output=True, text=True)
    try:
        answers: list[dict[str, Any]] = json.loads(ran.stdout)["dependencies"]
    except ValueError:
        return []
    return answers


def _known(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in answers if "vulns" in each]


def _told(library: dict[str, Any], flaw: dict[str, Any]) -> str:
    mended = ", ".join(flaw["fix_versions"]) or "nothing yet"
    return f"  {library['name']} {library['version']}: {flaw['id']}, mended in {mended}"


def _say(words: str) -> int:
    sys.stdout.write(f"{words}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path("requirements.txt")))
