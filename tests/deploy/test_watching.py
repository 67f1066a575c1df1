"""deploy/watching: rules that fire by their faults, a dashboard whose every query finds something."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.cast import Tenancy
from tests.support.prometheus import PROMETHEUS, PROMTOOL, WATCHING, alerts, queries, scraping
from tests.support.scraping import watched_processes
from tests.support.sockets import person
from tests.support.tables import unhurried

_PATIENCE = 30.0


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool here to check the rules with")
@pytest.mark.parametrize(
    "arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")], ids=" ".join
)
def test_promtool_finds_nothing_to_complain_of(arguments: tuple[str, ...]) -> None:
    assert PROMTOOL is not None
    told = subprocess.run([PROMTOOL, *arguments], cwd=WATCHING, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr


def test_each_alert_has_a_case_in_which_it_fires_a_fault_that_fires_it_and_a_row_that_says_what_to_do() -> None:
    fired = set(re.findall(r"alertname: (\w+)", (WATCHING / "alerts_test.yml").read_text()))
    explained = set(re.findall(r"^\| `(Parley\w+)` \|", (WATCHING.parent / "WATCHING.md").read_text(), re.MULTILINE))
    # Up to what may come along.
    expected = re.findall(r"expecting\(([^)=]*)", Path(__file__).with_name("test_alerts.py").read_text())
    assert alerts() == fired == explained == set(re.findall(r"Parley\w+", " ".join(expected)))


@pytest.mark.skipif(PROMETHEUS is None, reason="there is no Prometheus here to ask")
async def test_each_query_of_the_dashboard_finds_something_under_load(acme: Tenancy, tmp_path: Path) -> None:
    unhurried(acme)
    with watched_processes(tmp_path) as watched, scraping(tmp_path, watched.port) as prometheus:
        deadline = time.monotonic() + _PATIENCE
        async with person(watched.server, acme, "ann") as ann:
            await ann.subscribe()
            empty = queries()
            while empty and time.monotonic() < deadline:
                await ann.send("loud")
                await ann.send("nobody hears", room="nowhere")
                empty = [query for query in empty if not prometheus.ask(query)]
        assert not empty
        assert prometheus.firing() == set()
