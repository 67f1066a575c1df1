"""The one door into a tenant's schema.

The tenant in scope lives in a ContextVar, so it follows a task and the threads it hops to, and nothing else. Both
ways to the database read it: ``tenants.postgresql`` for the ORM, ``tenants.connections`` for raw async SQL. Outside
``tenant_scope`` neither of them runs a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from psycopg import sql


class Scoped(Protocol):
    """Whatever has a schema and a role of that name."""

    @property
    def schema_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SchemaOnly:
    """A schema without a tenant's row: enough for ``tenant_scope``."""

    schema_name: str


class NoTenantInScope(RuntimeError):
    """A tenant's data was asked for outside ``tenant_scope``."""


class TenantChangedInTransaction(RuntimeError):
    """A transaction was begun for one tenant and used for another."""


_scope: ContextVar[Scoped | None] = ContextVar("tenant", default=None)


@contextmanager
def tenant_scope(tenant: Scoped) -> Iterator[None]:
    """Within the block, the tenant's models and raw connections reach ``tenant``'s schema and no other."""
    token = _scope.set(tenant)
    try:
        yield
    finally:
        _scope.reset(token)


def tenant_in_scope() -> Scoped:
    """Raises NoTenantInScope outside ``tenant_scope``."""
    tenant = _scope.get()
    if tenant is None:
        raise NoTenantInScope("enter tenant_scope(tenant) before touching a tenant's data")
    return tenant


def schema_in_scope() -> str:
    """Raises NoTenantInScope outside ``tenant_scope``."""
    return tenant_in_scope().schema_name


def is_in_scope() -> bool:
    return _scope.get() is not None


ENTER_SQL = "SELECT set_config('role', %s, false), set_config('search_path', %s, false)"
"""Role and search_path in one round trip; both parameters are the schema's name."""


def reading_roles_anew(schema: str) -> sql.Composed:
    """Statements that, rolled back, make this connection learn anew which roles it may become; for ``schema``'s own
    was refused.

    PostgreSQL keeps that list and forgets it whenever a role is granted, but not when that happens while the list is
    being made (``roles_is_member_of`` and ``RoleMembershipCacheCallback`` in its acl.c, version 18 too): a tenant made
    in that moment stays refused on that connection until another one is made. What is rolled back is told nobody else.
    """
    return sql.SQL("SET LOCAL ROLE none; ALTER ROLE {} NOLOGIN").format(sql.Identifier(schema))
