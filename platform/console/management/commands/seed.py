"""``manage.py seed``: two demo tenants with people in them, once; ``--show`` prints how to get in."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.plans import PLANS
from chat.commands.members import join
from chat.commands.sending import Draft, commit
from chat.commands.users import enter
from chat.policies import Actor
from kit.ids import uuid7
from tenants.directory import record_of
from tenants.models import Account, Membership, Role, Tenant
from tenants.provisioning import create_tenant
from tenants.scope import tenant_scope

PASSWORD = "parley-demo"  # noqa: S105 - the demo's, refused outside DEBUG
DEMO = {
    "acme": ("Acme", [("alice", Role.OWNER), ("bob", Role.AGENT)]),
    "globex": ("Globex", [("mallory", Role.OWNER), ("trent", Role.AGENT)]),
}
_WELCOME = {
    "acme": [("alice", "Welcome to Acme! This room is open to everybody here."), ("bob", "Hello Alice 👋")],
    "globex": [("mallory", "Globex talks here, and nobody else listens.")],
}
OPERATOR = "operator@parley.test"


class Command(BaseCommand):
    help = "Make the demo tenants acme and globex, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true")
        parser.add_argument("--show", action="store_true", help="Only print URLs and demo logins.")

    def handle(self, quiet: bool, show: bool, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo's passwords are public: it is made with DEBUG=true only.")
        if not show:
            for slug in DEMO:
                if not Tenant.objects.filter(slug=slug).exists():
                    _make(slug)
            if not Account.objects.filter(email=OPERATOR).exists():
                Account.objects.create_superuser(OPERATOR, PASSWORD, name="Operator")
        if not quiet:
            self._show()

    def _show(self) -> None:
        port = "" if settings.PORT == 80 else f":{settings.PORT}"
        public = f"http://{settings.BASE_DOMAIN}{port}"
        self.stdout.write(f"\n  Parley       {public}/")
        self.stdout.write(f"  Operators    {public}/operators/   {OPERATOR} / {PASSWORD}\n")
        for tenant in Tenant.objects.filter(slug__in=DEMO).order_by("slug"):
            self.stdout.write(f"  {tenant.name:<12} {tenant.url}/   console: {tenant.url}/admin/")
            for name, role in DEMO[tenant.slug][1]:
                self.stdout.write(f"    {name}@{tenant.slug}.test / {PASSWORD}   {role}")
        self.stdout.write("\n  A program's token:  .venv/bin/python manage.py token acme u1 --name Ann\n")


def _make(slug: str) -> None:
    name, people = DEMO[slug]
    owner = people[0][0]
    made = create_tenant(slug, name=name, owner_email=f"{owner}@{slug}.test", limits=PLANS["free"].columns)
    accounts = {person: _account(made.tenant, slug, person, role) for person, role in people}
    _talk(made.tenant, slug, accounts)


def _account(tenant: Tenant, slug: str, person: str, role: Role) -> Account:
    account, _ = Account.objects.get_or_create(email=f"{person}@{slug}.test", defaults={"name": person.title()})
    account.name = person.title()
    account.set_password(PASSWORD)
    account.save()
    Membership.objects.get_or_create(account=account, tenant=tenant, defaults={"role": role})
    return account


def _talk(tenant: Tenant, slug: str, accounts: dict[str, Account]) -> None:
    record = record_of(tenant)

    async def talk() -> None:
        with tenant_scope(record):
            for account in accounts.values():
                await enter(account.id, name=account.name, account_id=account.id)
                await join(Actor(account.id, account.name), "general", account.id)
            drafts = [Draft(uuid7(), "general", accounts[person].id, None, text) for person, text in _WELCOME[slug]]
            await commit(record, drafts)

    async_to_sync(talk)()
