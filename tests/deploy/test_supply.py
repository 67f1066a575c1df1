"""What Parley is made of: the libraries are named, and what is known against them stops a check."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.plugin import ROOT

PINS = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
_STAND_IN = """
import json, sys
names = [line.partition("==") for line in open(sys.argv[-1]).read().split()]
json.dump({"dependencies": [{"name": name, "version": version, **ANSWER} for name, _, version in names]}, sys.stdout)
"""
FLAW = {"vulns": [{"id": "PYSEC-1", "fix_versions": ["9.9"]}]}


def advisories(tmp_path: Path, program: str) -> subprocess.CompletedProcess[str]:
    """The check, with this program in the place of pip-audit."""
    (tmp_path / "pip_audit.py").write_text(program)
    command = [sys.executable, "deploy/advisories.py"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ({"vulns": []}, 0, f"Vulnerabilities: 0 in {len(PINS)} libraries."),
        (FLAW, 1, f"{PINS[0][0]} {PINS[0][1]}: PYSEC-1, mended in 9.9"),
        ({"skip_reason": "not found"}, 0, "not checked"),
    ],
)
def test_a_known_vulnerability_fails_and_an_index_without_advisories_is_told_of(
    tmp_path: Path, answer: dict[str, object], code: int, said: str
) -> None:
    ran = advisories(tmp_path, f"ANSWER = {answer!r}\n{_STAND_IN}")
    assert (ran.returncode, said in ran.stdout) == (code, True), ran.stdout + ran.stderr


def test_without_the_internet_it_says_so_and_fails_nothing(tmp_path: Path) -> None:
    ran = advisories(tmp_path, "raise ConnectionError")
    assert (ran.returncode, "not checked" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_the_bill_of_materials_names_every_library_with_its_digests(tmp_path: Path) -> None:
    [recipe] = re.findall(r"\$\(BIN\)/(cyclonedx-py) (.+) -o \S+\n", (ROOT / "Makefile").read_text())
    program, arguments = recipe
    bill = tmp_path / "sbom.json"
    subprocess.run([Path(sys.executable).with_name(program), *arguments.split(), "-o", bill], cwd=ROOT, check=True)
    components = json.loads(bill.read_text())["components"]
    assert {(each["name"], each["version"]) for each in components} == set(PINS)
    assert all(reference["hashes"] for each in components for reference in each["externalReferences"])


def test_no_release_carries_the_repository() -> None:
    everything, *taken = (ROOT / ".dockerignore").read_text().split()
    assert everything == "*"
    assert not any(".git" in each for each in taken)
    [copying] = [line for line in (ROOT / "deploy" / "install").read_text().splitlines() if "tar -cf" in line]
    assert "--exclude=./.git " in copying
