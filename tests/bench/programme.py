"""Programme: one benchmark after the other. Imported once Django is set up."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.measures import (
    accepting,
    connecting,
    consoles,
    fanout,
    fleet,
    history,
    neighbour,
    page,
    portability,
    provisioning,
    purge,
    reader,
    size,
)
from tests.bench.pace import Pace
from tests.bench.process import ROOT
from tests.bench.report import Table, write
from tests.bench.systems import System, all_systems

RESULTS = ROOT / "var" / "bench"
Measure = Callable[[list[System], Pace, Path], Any]
MEASURES: dict[str, tuple[Measure, Callable[[Any], Table]]] = {
    "fanout": (fanout.fanout, fanout.table),
    "accepting": (accepting.accepting, accepting.table),
    "history": (history.history, history.table),
    "connecting": (connecting.connecting, connecting.table),
    "neighbour": (neighbour.neighbour, neighbour.table),
    "reader": (reader.reader, reader.table),
    "page": (page.page, page.table),
    "provisioning": (provisioning.provisioning, provisioning.table),
    "size": (size.size, size.table),
    "consoles": (consoles.consoles, consoles.table),
    "purge": (purge.purge, purge.table),
    "fleet": (fleet.fleet, fleet.table),
    "portability": (portability.portability, portability.table),
}


def run_all(names: Sequence[str], systems: list[System], pace: Pace, folder: Path, machine: dict[str, Any]) -> None:
    for name in names:
        measure, table = MEASURES[name]
        print(f"{name} …", flush=True)
        begun = time.monotonic()
        results = measure(systems, pace, folder)
        file = RESULTS / f"{name}.json"
        write(file, {**machine, "pace": dataclasses.asdict(pace)}, results)
        print(f"\n{table(results)}\n\n  {time.monotonic() - begun:,.0f} s, {file}\n", flush=True)


def systems_here(wanted: Sequence[str] | None) -> list[System]:
    """Those that are wanted (None: all) and can run here; says so of the others."""
    here = []
    for system in all_systems():
        if wanted and system.name not in wanted:
            continue
        if reason := system.missing():
            print(f"Without {system.name}: {reason}.")
        else:
            here.append(system)
    return here
