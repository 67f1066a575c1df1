"""The sockets open in this process, by tenant, so that what happens to a tenant happens to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from channels.db import database_sync_to_async

from chat.queries.people import standings
from chat.socket.connection import Connection
from kit.errors import NOT_ALLOWED, SERVER_RESTARTING, TENANT_MOVED, TENANT_NOT_FOUND, TENANT_SUSPENDED, TOKEN_INVALID
from tenants.changes import notices_heard
from tenants.directory import directory
from tenants.models import Membership
from tenants.records import TenantRecord
from tenants.scope import tenant_scope

_connections: defaultdict[int, set[Connection]] = defaultdict(set)


@contextmanager
def listed(connection: Connection) -> Iterator[None]:
    """Known here while the block lasts."""
    peers = _connections[connection.tenant.id]
    peers.add(connection)
    try:
        yield
    finally:
        peers.discard(connection)
        if not peers:
            _connections.pop(connection.tenant.id, None)


async def review(tenant_id: int | None) -> None:
    """After a change to a tenant (None: to any of them, and to any user), give its sockets its new limits or end those
    that have lost their ground: tenant suspended, deleted, moved or restored, signing key revoked, membership gone."""
    for changed in [tenant_id] if tenant_id is not None else list(_connections):
        if changed in _connections:
            await _review_tenant(changed)
        if tenant_id is None:
            await _review_users(_open_of(changed))


async def review_user(schema_name: str, user_id: str) -> None:
    """After a change to a user, end the sockets that have lost their ground: user deactivated, token revoked."""
    theirs = [
        connection
        for peers in _connections.values()
        if next(iter(peers)).tenant.schema_name == schema_name
        for connection in peers
        if connection.visitor.entered.id == user_id and not connection.closed
    ]
    await _review_users(theirs)


async def review_newcomer(connection: Connection, heard: int) -> None:
    """What changed since ``heard`` notices, before the connection was listed or while it was about to have another
    ground, was told to nobody here."""
    if notices_heard() != heard:
        await _review_users([connection])
    if notices_heard() != heard or await directory.find(connection.host) is not connection.tenant:
        await _review_tenant(connection.tenant.id)


def _open_of(tenant_id: int) -> list[Connection]:
    return [connection for connection in _connections.get(tenant_id, ()) if not connection.closed]


async def _review_users(connections: list[Connection]) -> None:
    """These, which are all of one tenant."""
    if not connections:
        return
    with tenant_scope(connections[0].tenant):
        changed = await standings({connection.visitor.entered.id for connection in connections})
    for connection in connections:
        standing = changed.get(connection.visitor.entered.id)
        if standing and not standing.active:
            connection.refuse(NOT_ALLOWED)
        elif standing and connection.visitor.issued_at < standing.revoked_before:
            connection.refuse(TOKEN_INVALID)


async def _review_tenant(tenant_id: int) -> None:
    connections = list(_connections[tenant_id])
    accounts = {connection.visitor.account_id for connection in connections} - {None}
    members = await _members(tenant_id, accounts) if accounts else set()
    for connection in connections:
        _review(connection, await directory.find(connection.host), members)


@database_sync_to_async  # type: ignore[untyped-decorator]
def _members(tenant_id: int, accounts: set[str | None]) -> set[str]:
    found = Membership.objects.filter(tenant_id=tenant_id, account_id__in=accounts, account__is_active=True)
    return set(found.values_list("account_id", flat=True))


def _review(connection: Connection, tenant: TenantRecord | None, members: set[str]) -> None:
    visitor = connection.visitor
    if tenant is None or tenant.id != connection.tenant.id:
        connection.close(4403, TENANT_NOT_FOUND.name)
    elif tenant.moved_to:
        connection.refuse(TENANT_MOVED, location=tenant.moved_to)
    elif not tenant.active:
        connection.refuse(TENANT_SUSPENDED)
    elif (visitor.key_id is not None and visitor.key_id not in tenant.signing_keys) or (
        visitor.account_id is not None and visitor.account_id not in members
    ):
        connection.refuse(TOKEN_INVALID)
    elif tenant.restored_at != connection.tenant.restored_at:
        connection.close(SERVER_RESTARTING, "restored")
    else:
        connection.adopt(tenant)
