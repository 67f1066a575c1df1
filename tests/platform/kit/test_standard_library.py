"""``platform/`` holds our packages and is none itself: as a package it would shadow the standard library's."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.plugin import ROOT

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib")).resolve()


def test_platform_is_a_plain_directory() -> None:
    assert (ROOT / "platform" / "kit" / "__init__.py").is_file()
    assert not list((ROOT / "platform").glob("__init__.*"))
    assert not list((ROOT / "platform").glob("*.py"))


@pytest.mark.parametrize("path", [".:platform", "platform:.", "."])
def test_with_our_folders_on_the_path_the_standard_library_still_wins(path: str) -> None:
    program = "import platform, uuid; print(platform.__file__, uuid.__file__, platform.system())"
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    platform, uuid, system = told.stdout.split()
    assert Path(platform).resolve().is_relative_to(STANDARD_LIBRARY)
    assert Path(uuid).resolve().is_relative_to(STANDARD_LIBRARY)
    assert system in ("Linux", "Darwin")


def test_no_package_of_ours_has_a_name_of_the_standard_librarys() -> None:
    ours = {folder.name for folder in (ROOT / "platform").iterdir() if (folder / "__init__.py").exists()}
    assert {"config", "console", "kit"} <= ours
    assert not ours & sys.stdlib_module_names
