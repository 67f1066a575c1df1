"""``manage.py signing_key``: a tenant's signing keys, from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kit.errors import ParleyError
from tenants.lifecycle import get_tenant
from tenants.public_keys import UnusableKey, from_pem
from tenants.signing_keys import issue_signing_key, register_public_key, revoke_signing_key, signing_keys


class Command(BaseCommand):
    help = "Create, register, list and revoke a tenant's signing keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, text in (
            ("create", "An HS256 secret; two keys may be active at once."),
            ("register", "A public key of the customer's."),
            ("list", "The active ones."),
            ("revoke", "Void its tokens and close the sockets that they opened."),
        ):
            actions.add_parser(name, help=text).add_argument("slug")
        register, revoke = actions.choices["register"], actions.choices["revoke"]
        register.add_argument("algorithm", choices=["EdDSA", "ES256", "RS256"])
        register.add_argument("file", type=Path, help="PEM.")
        revoke.add_argument("key", metavar="ID")

    def handle(self, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(**options)
        except ParleyError as refusal:
            raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None

    def _create(self, slug: str, **options: Any) -> None:
        new = issue_signing_key(get_tenant(slug))
        self.stdout.write(f"{new.row.id}  {new.secret}\nThe secret is shown this once.")

    def _register(self, slug: str, algorithm: str, file: Path, **options: Any) -> None:
        try:
            pem = from_pem(file.read_text(), algorithm)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from None
        except UnusableKey as why:
            raise CommandError(f"The key is {why}.") from None
        self.stdout.write(register_public_key(get_tenant(slug), algorithm, pem).id)

    def _list(self, slug: str, **options: Any) -> None:
        for key in signing_keys(get_tenant(slug)):
            self.stdout.write(f"{key.id}  {key.algorithm:<6} {key.created_at:%Y-%m-%d}  {key.key_set_url}".rstrip())

    def _revoke(self, slug: str, key: str, **options: Any) -> None:
        revoke_signing_key(get_tenant(slug), key)
        self.stdout.write(f"{key} is revoked.")
