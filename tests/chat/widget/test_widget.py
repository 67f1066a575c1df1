"""The widget's logic, tested by its own language, and the library that it brings along."""

import re
import subprocess
from pathlib import Path

from tests.clients.walks import run
from tests.support.node import node
from tests.support.npm import node_modules
from tests.support.plugin import ROOT

HERE = Path(__file__).parent
VENDORED = ROOT / "chat" / "widget" / "vendor" / "lit.js"
ENTRY = ROOT / "tests" / "support" / "npm" / "lit.js"


def test_the_widget_keeps_its_promises():
    run = subprocess.run(
        [node(), "--test", *sorted(map(str, HERE.glob("*.test.mjs")))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(re.search(r"^(?:#|ℹ) pass (\d+)$", run.stdout, re.MULTILINE)[1]) > 0


def test_lit_is_what_npm_has(tmp_path: Path):
    modules = node_modules()
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "lit.js").write_text(ENTRY.read_text())
    bundle = ["--bundle", "--format=esm", "--minify", "--legal-comments=eof", "--outfile=out.js", "--log-level=error"]
    made = run([str(modules / ".bin" / "esbuild"), "lit.js", *bundle], tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "out.js").read_text() == VENDORED.read_text()
