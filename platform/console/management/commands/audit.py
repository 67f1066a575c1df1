"""``manage.py audit``: is the log as it was written?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kit.errors import ParleyError
from tenants.audit import verify
from tenants.lifecycle import get_tenant
from tenants.models import AuditEntry, AuditHead


class Command(BaseCommand):
    help = "Verify the audit log, of the platform and of each tenant that is or was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        asked = actions.add_parser("verify", help="Exit code 1 if an entry was changed or taken out.")
        which = asked.add_mutually_exclusive_group()
        which.add_argument("slug", nargs="?", help="Of this tenant alone.")
        which.add_argument("--platform", action="store_true", help="Of the platform alone.")

    def handle(self, action: str, slug: str | None, platform: bool, **options: Any) -> None:
        faults = [fault for chain in self._chains(slug, platform) if (fault := verify(chain))]
        for fault in faults:
            self.stdout.write(f"{fault.chain}: entry {fault.number} is {fault.kind}.")
        if faults:
            raise CommandError("The audit log is not as it was written.")
        self.stdout.write("The audit log is whole.")

    def _chains(self, slug: str | None, platform: bool) -> list[str]:
        if platform:
            return [AuditEntry.PLATFORM]
        if slug:
            try:
                return [get_tenant(slug).schema_name]
            except ParleyError as refusal:
                raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None
        known = set(AuditHead.objects.values_list("chain", flat=True))
        return sorted(known | set(AuditEntry.objects.order_by().values_list("chain", flat=True).distinct()))
