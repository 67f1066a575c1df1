"""``manage.py doctor``: is everything right, and what is to be done?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from console.doctor import examine
from console.doctor.finding import Finding, State


class Command(BaseCommand):
    help = "Look at settings, servers, schemas, jobs, certificates and the rest. Exit code 1 if something fails."
    requires_system_checks = ()  # they are among what is looked at

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        found: list[tuple[str, Finding]] = []
        for area, finding in examine():
            found.append((area, finding))
            if not options["json"]:
                self.stdout.write(_line(area, finding))
        if options["json"]:
            self.stdout.write(json.dumps([{"area": area, **finding._asdict()} for area, finding in found], indent=2))
        if any(finding.state is State.FAIL for _, finding in found):
            raise SystemExit(1)


def _line(area: str, finding: Finding) -> str:
    line = f"{finding.state:4}  {area}: {finding.text}"
    return f"{line}. → {finding.advice}" if finding.advice else line
