"""Tenants and people, made fresh for each test: a tenant costs some tens of milliseconds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from asgiref.sync import sync_to_async

from tenants.directory import record_of
from tenants.models import Account, Membership, Role
from tenants.provisioning import NewTenant, create_tenant
from tenants.records import TenantRecord
from tenants.tokens import mint

PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Tenancy:
    """A tenant as tests use it."""

    made: NewTenant
    record: TenantRecord

    @property
    def slug(self) -> str:
        return self.record.slug

    @property
    def schema_name(self) -> str:
        return self.record.schema_name

    @property
    def api_key(self) -> str:
        return self.made.api_key

    @property
    def host(self) -> str:
        return self.made.tenant.host

    def token(self, user_id: str, *, name: str | None = None, ttl: float = 3600.0) -> str:
        [key] = self.record.signing_keys.values()
        return mint(key, user_id, name=name, ttl=ttl)[0]

    def account(self, name: str, role: Role = Role.AGENT) -> Account:
        """Somebody who can sign in here, with PASSWORD."""
        account = Account.objects.create_user(
            f"{name}-{secrets.token_hex(3)}@example.test", PASSWORD, name=name.title()
        )
        Membership.objects.create(account=account, tenant=self.made.tenant, role=role)
        return account

    async def aaccount(self, name: str, role: Role = Role.AGENT) -> Account:
        """The same from a coroutine."""
        made: Account = await sync_to_async(self.account)(name, role)
        return made

    async def awelcome(self, account: Account, role: Role = Role.AGENT) -> None:
        """Give somebody who has an account elsewhere a place here."""
        await Membership.objects.acreate(account=account, tenant=self.made.tenant, role=role)


def make_tenant(name: str = "acme", **options: object) -> Tenancy:
    """A tenant whose slug begins with ``name``."""
    made = create_tenant(
        f"{name}-{secrets.token_hex(4)}", name=name.title(), owner_email=f"owner@{name}.test", **options
    )
    return Tenancy(made, record_of(made.tenant))
