"""``manage.py billing``: what Stripe needs to know of us, and whether we know what it has."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.catalogue import set_up
from billing.gateway_stripe import gateway, is_live
from billing.reconciliation import reconcile
from kit.errors import ParleyError
from tenants.hosts import public_url

_SECONDS = 120.0


class Command(BaseCommand):
    help = "Set up a Stripe account, check it, and compare what is known here with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        setup = actions.add_parser("setup", help="Create or update products, prices, meters, portal and webhook.")
        setup.add_argument("--dry-run", action="store_true", help="Only say what would be done.")
        actions.add_parser("check", help="Whether all is set up; ends with 1 if not.")
        healing = actions.add_parser("reconcile", help="Compare all customers with Stripe, and heal what differs.")
        healing.add_argument("slug", nargs="?", help="Only this tenant's.")

    def handle(self, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(**options)
        except ParleyError as refusal:
            raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None

    def _setup(self, *, dry_run: bool, **options: Any) -> None:
        setup = set_up(gateway(_SECONDS), _webhook_url(), dry_run=dry_run)
        for difference in setup.differences:
            self.stdout.write(f"would {difference}" if dry_run else difference)
        if not setup.differences:
            self.stdout.write("Everything is set up.")
        if setup.webhook_secret:
            self.stdout.write(f"STRIPE_WEBHOOK_SECRET={setup.webhook_secret}")

    def _check(self, **options: Any) -> None:
        missing = set_up(gateway(_SECONDS), _webhook_url(), dry_run=True).differences
        if not settings.STRIPE_WEBHOOK_SECRET:
            missing.append("set STRIPE_WEBHOOK_SECRET")
        if missing:
            raise CommandError("\n".join(["Not set up yet:", *missing]))
        self.stdout.write(f"Everything is set up, for {'real' if is_live() else 'test'} money.")

    def _reconcile(self, *, slug: str | None, **options: Any) -> None:
        found = reconcile(datetime.now(UTC), slug)
        for drift in found:
            self.stdout.write(f"{drift.tenant}  {' '.join(sorted(drift.fields))}")
        self.stdout.write(f"{len(found)} differed; healed." if found else "Nothing differs.")


def _webhook_url() -> str:
    return f"{public_url()}/billing/webhook"
