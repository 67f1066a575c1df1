"""``manage.py operator``: the first operator, who invites the others in the console."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.operators import invitation_url, invite_operator
from kit.errors import ParleyError
from tenants.models import OperatorRole


class Command(BaseCommand):
    help = "Invite somebody to operate the platform."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = actions.add_parser("create", help="Print a link by which somebody becomes an operator.")
        create.add_argument("email", metavar="EMAIL")
        create.add_argument("--role", default=OperatorRole.OPERATOR, choices=OperatorRole.values)

    def handle(self, *args: Any, email: str, role: str, **options: Any) -> None:
        try:
            invitation = invite_operator(email, role)
        except ParleyError as refusal:
            raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None
        self.stdout.write(invitation_url(invitation))
