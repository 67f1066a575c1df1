"""The page has the figures of each part's last run, and says what did not hold."""

from __future__ import annotations

from pathlib import Path

from tests.prove.page import enter, read_report
from tests.prove.parts import PARTS

FACTS = {"cores": 2, "processor": "Some", "memory_gib": 4, "load_average_at_start": (0.5, 0.0, 0.0)}
REPORT = """<testsuites><testsuite>
<testcase name="test_kept"><properties><property name="kills" value="{kills}"/></properties></testcase>
<testcase name="test_broken"><failure message="lost"/></testcase>
</testsuite></testsuites>"""


def test_a_part_that_is_run_again_replaces_its_own_section_and_no_other(tmp_path: Path) -> None:
    storm, kills = PARTS[:2]
    for part, number in ((kills, "1"), (storm, "2000"), (kills, "30.50")):
        (report := tmp_path / "report.xml").write_text(REPORT.format(kills=number))
        enter(part, read_report(report), 61.5, FACTS, tmp_path / "RESULTS.md")
    page = (tmp_path / "RESULTS.md").read_text()
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## storm", "## kills"]
    assert [line for line in page.splitlines() if line.startswith("| kills")] == [
        "| kills | 2,000 |",
        "| kills | 30.5 |",
    ]
    assert page.count("1 of 2 tests passed") == page.count("* **failure**: `test_broken`") == 2
