"""``manage.py token``: a user token for development."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kit.errors import ParleyError
from tenants.directory import record_of
from tenants.lifecycle import get_tenant
from tenants.tokens import mint


class Command(BaseCommand):
    help = "Print a user token, signed with the tenant's newest signing key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("user_id")
        parser.add_argument("--name")
        parser.add_argument("--ttl", type=float, default=3600.0, metavar="SECONDS")

    def handle(self, slug: str, user_id: str, name: str | None, ttl: float, **options: Any) -> None:
        try:
            tenant = record_of(get_tenant(slug))
        except ParleyError as refusal:
            raise CommandError(refusal.detail) from None
        keys = [key for key in tenant.signing_keys.values() if key.algorithm == "HS256"]
        if not keys:
            raise CommandError(f"{slug} has no HS256 signing key.")
        self.stdout.write(mint(keys[0], user_id, name=name, ttl=ttl)[0])
