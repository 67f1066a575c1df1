"""``manage.py api_key``: a tenant's API keys, from the command line."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kit.errors import ParleyError
from tenants.keys import NewApiKey, api_keys, issue_api_key, revoke_api_key, rotate_api_key
from tenants.lifecycle import get_tenant
from tenants.models import ApiKey
from tenants.scopes import Scope


class Command(BaseCommand):
    help = "Create, list, rotate and revoke a tenant's API keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = actions.add_parser("create", help="A further key.")
        create.add_argument("slug")
        create.add_argument("--name", default="default")
        create.add_argument("--scope", action="append", choices=[scope.value for scope in Scope], metavar="SCOPE")
        create.add_argument("--ttl", type=int, metavar="SECONDS", help="Without it the key does not expire.")
        listing = actions.add_parser("list", help="Those in force.")
        listing.add_argument("slug")
        rotate = actions.add_parser("rotate", help="A new key; the old one goes on for the overlap.")
        rotate.add_argument("slug")
        rotate.add_argument("prefix")
        rotate.add_argument("--overlap", type=int, default=86_400, metavar="SECONDS")
        revoke = actions.add_parser("revoke", help="From now on it opens nothing.")
        revoke.add_argument("slug")
        revoke.add_argument("prefix")
        for action in (create, listing, rotate):
            action.add_argument("--json", action="store_true")

    def handle(self, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(**options)
        except ParleyError as refusal:
            raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None

    def _create(self, slug: str, name: str, scope: list[str] | None, ttl: int | None, **options: Any) -> None:
        expires_at = None if ttl is None else timezone.now() + timedelta(seconds=ttl)
        scopes = scope or [Scope.EVERYTHING]
        self._new(issue_api_key(get_tenant(slug), name, scopes=scopes, expires_at=expires_at), options)

    def _list(self, slug: str, **options: Any) -> None:
        found = api_keys(get_tenant(slug))
        if options["json"]:
            self.stdout.write(json.dumps([_fields(key) for key in found], indent=2))
            return
        for key in found:
            used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
            self.stdout.write(f"{key.prefix}  {used:<10}  {key.name}  {' '.join(key.scopes)}")

    def _rotate(self, slug: str, prefix: str, overlap: int, **options: Any) -> None:
        self._new(rotate_api_key(get_tenant(slug), prefix, overlap=timedelta(seconds=max(0, overlap))), options)

    def _revoke(self, slug: str, prefix: str, **options: Any) -> None:
        revoke_api_key(get_tenant(slug), prefix)
        self.stdout.write(f"{prefix} is revoked.")

    def _new(self, new: NewApiKey, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({**_fields(new.row), "secret": new.secret}, indent=2))
        else:
            self.stdout.write(f"{new.secret}\nIt is shown this once.")


def _fields(key: ApiKey) -> dict[str, Any]:
    moments = {name: getattr(key, name) for name in ("created_at", "last_used_at", "expires_at")}
    return {
        "prefix": key.prefix,
        "name": key.name,
        "scopes": key.scopes,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }
