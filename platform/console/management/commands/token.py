"""``manage.py token``: a user token for development."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kit.errors import ParleyError
from tenants.directory import record_of
from tenants.lifecycle import get_tenant
from tenants.tokens import mint, verify


class Command(BaseCommand):
    help = "Print a user token, signed with the tenant's newest signing key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("user_id")
        parser.add_argument("--name")
        parser.add_argument("--ttl", type=int, default=3600, metavar="SECONDS")

    def handle(self, slug: str, user_id: str, name: str | None, ttl: int, **options: Any) -> None:
        try:
            self.stdout.write(_token(slug, user_id, name, ttl))
        except ParleyError as refusal:
            raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None


def _token(slug: str, user_id: str, name: str | None, ttl: int) -> str:
    tenant = record_of(get_tenant(slug))
    keys = [key for key in tenant.signing_keys.values() if key.algorithm == "HS256"]
    if not keys:
        raise CommandError(f"{slug} has no HS256 signing key.")
    token = mint(keys[0], user_id, name=name, ttl=ttl)[0]
    verify(token, tenant)  # a token that opens nothing is not worth printing
    return token
