"""The tables themselves, over a connection that is none of the server's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from tests.support.cast import Tenancy


@contextmanager
def _tables_of(tenant: Tenancy) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        schema = sql.Identifier(tenant.schema_name)
        connection.execute(sql.SQL("SET ROLE {}").format(schema))
        connection.execute(sql.SQL("SET search_path TO {}").format(schema))
        yield connection


def rows(tenant: Tenancy, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What a query finds in the tenant's schema, committed by now."""
    with _tables_of(tenant) as connection:
        return connection.execute(statement, parameters).fetchall()  # type: ignore[arg-type]


def change(tenant: Tenancy, statement: str, *parameters: object, **named: object) -> None:
    with _tables_of(tenant) as connection:
        connection.execute(statement, named or parameters)  # type: ignore[arg-type]


def stored_texts(tenant: Tenancy, room: str = "general") -> list[str]:
    """The texts of the room's messages in the order of their seqs."""
    statement = "SELECT text FROM chat_message WHERE room_id = %s AND kind = 'message' ORDER BY seq"
    return [text for (text,) in rows(tenant, statement, room)]


def make_room(tenant: Tenancy, room: str, kind: str = "open", members: tuple[str, ...] = ()) -> str:
    """A room, and its members as users, without an announcement."""
    with _tables_of(tenant) as connection:
        connection.execute(
            "INSERT INTO chat_room (id, kind, name, epoch) VALUES (%s, %s, %s, 'e1')", (room, kind, room.title())
        )
        for user in members:
            make_user(tenant, user)
            connection.execute("INSERT INTO chat_member (room_id, user_id) VALUES (%s, %s)", (room, user))
    return room


def make_user(tenant: Tenancy, user: str, name: str | None = None) -> str:
    with _tables_of(tenant) as connection:
        connection.execute(
            "INSERT INTO chat_user (id, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", (user, name or user.title())
        )
    return user


def fill(tenant: Tenancy, count: int, room: str = "general", user: str = "writer") -> None:
    """``count`` more messages in the room, with the texts ``1``, ``2``, ... after their seqs."""
    make_user(tenant, user)
    with _tables_of(tenant) as connection:
        connection.execute(
            """
            WITH counted AS (
                UPDATE chat_room SET last_seq = last_seq + %(count)s WHERE id = %(room)s RETURNING last_seq
            )
            INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text)
            SELECT gen_random_uuid(), %(room)s, seq, seq, %(user)s, seq::text
            FROM counted, generate_series(counted.last_seq - %(count)s + 1, counted.last_seq) seq
            """,
            {"count": count, "room": room, "user": user},
        )


@contextmanager
def held_room(tenant: Tenancy, room: str) -> Iterator[None]:
    """While the block lasts nobody can commit to the room: its row is locked."""
    with _tables_of(tenant) as connection, connection.transaction():
        connection.execute("SELECT FROM chat_room WHERE id = %s FOR UPDATE", (room,))
        yield


# The tenant's row in the public schema, changed by hand as an operator would


def set_limits(tenant: Tenancy, **columns: int | str) -> None:
    _update_tenant(tenant, columns)


def unhurried(tenant: Tenancy) -> None:
    """Nothing that is done in it too often is refused for that."""
    calls = ("calls_per_second", "call_burst", "key_calls_per_second", "key_call_burst")
    others = ("searches_per_second", "search_burst", "sends_per_second", "send_burst", "connects_per_minute")
    set_limits(tenant, **dict.fromkeys((*calls, *others), 1_000_000))


def suspend(tenant: Tenancy) -> None:
    _update_tenant(tenant, {"status": "suspended"})


def _update_tenant(tenant: Tenancy, columns: Mapping[str, object]) -> None:
    pairs = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(name), columns[name]) for name in columns)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("UPDATE tenants_tenant SET {} WHERE id = {}").format(pairs, tenant.record.id))


def revoke_keys(tenant: Tenancy) -> None:
    """Signing keys and API keys."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for table in ("tenants_signingkey", "tenants_apikey"):
            statement = sql.SQL("UPDATE {} SET revoked_at = now() WHERE tenant_id = {}")
            connection.execute(statement.format(sql.Identifier(table), tenant.record.id))
