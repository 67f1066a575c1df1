"""The public schema from outside: what is there, whoever put it there."""

from __future__ import annotations

import os

import psycopg
from psycopg import sql


def standing(*names: str) -> set[str]:
    """Those names that a schema or a role has. (Roles are the whole server's: other test workers make some too.)"""
    query = """
        SELECT nspname FROM pg_namespace WHERE nspname = ANY(%(names)s)
        UNION SELECT rolname FROM pg_roles WHERE rolname = ANY(%(names)s)
    """
    with _connection() as connection:
        return {name for (name,) in connection.execute(query, {"names": list(names)})}


_NOTED = ("tenants_process", "tenants_figure")


def counts() -> dict[str, int]:
    """How many rows each public table has, but for those in which servers note how they are, all the time."""
    with _connection() as connection:
        return {table: _count(connection, table) for table in _tables(connection) if table not in _NOTED}


def text_of_every_row(tenant_id: int) -> str:
    """The public rows of a tenant, as text."""
    with _connection() as connection:
        return "\n".join(_rows_of(connection, tenant_id))


def execute(statement: str, *parameters: object) -> None:
    """A hand-written statement, as an operator types it."""
    with _connection() as connection:
        connection.execute(statement, parameters)  # type: ignore[arg-type]


def _rows_of(connection: psycopg.Connection[tuple[str]], tenant_id: int) -> list[str]:
    found = []
    for table, column in [("tenants_tenant", "id"), *_tables_with_tenant(connection)]:
        query = sql.SQL("SELECT row::text FROM {} row WHERE {} = {}")
        query = query.format(sql.Identifier(table), sql.Identifier(column), tenant_id)
        found += [text for (text,) in connection.execute(query)]
    return found


def _tables_with_tenant(connection: psycopg.Connection[tuple[str]]) -> list[tuple[str, str]]:
    columns = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = %s"
    return [(table, "tenant_id") for (table,) in connection.execute(columns, ["tenant_id"])]


def _tables(connection: psycopg.Connection[tuple[str]]) -> list[str]:
    return [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


def _count(connection: psycopg.Connection[tuple[str]], table: str) -> int:
    [count] = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() or [0]
    return int(count)


def _connection() -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
