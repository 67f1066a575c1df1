"""What changes in a tenant's tables while it moves.

Triggers write the keys of changed rows into a table beside each of the tenant's, in a schema that its own role has for
the time. None comes too late: making a trigger waits for whoever is writing. All of it goes with that schema.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

from django.db import connections, transaction
from psycopg import errors, sql

from kit.errors import BUSY, ParleyError
from tenants.portability.contents import contents
from tenants.portability.tables import EXACTLY, Table, keys_of, tables_here
from tenants.routers import SHARED
from tenants.schemas import as_tenant_role, schema_moving

_ATTEMPTS = 40
_LOCK_TIMEOUT, _PAUSE_SECONDS = "100ms", 0.1


class Changes:
    """Of one tenant, or of what is about to become one, by its schema."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._beside = schema_moving(schema)
        self.tables: Sequence[Table] = ()

    def begin(self) -> None:
        """Note what changes from now on. What a file leaves out, and a move does not, counts as changed. Raises
        ParleyError ``busy``."""
        self.prepare()
        for table in self.tables:
            self._patiently(_NOTE, table)
            if table.name in contents().remade:
                self._patiently(_NOTE_ALL, table)

    def prepare(self) -> None:
        """The tables for keys, empty."""
        self.end()
        names = {"beside": sql.Identifier(self._beside), "schema": sql.Identifier(self._schema)}
        with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
            cursor.execute(sql.SQL("CREATE SCHEMA {beside} AUTHORIZATION {schema}").format(**names))
        self.go_on()
        for table in self.tables:
            self._patiently(_KEYS, table)

    def go_on(self) -> None:
        """With what was begun by somebody else."""
        left = set(contents().remade) - set(contents().moved)
        self.tables = [table for table in self._all_tables() if table.name not in left]

    def noted(self, table: Table) -> sql.Identifier:
        """Where the keys of its changed rows are, of those that are gone, too."""
        return sql.Identifier(self._beside, table.name)

    @contextmanager
    def inside(self) -> Iterator[Any]:
        """A transaction under the schema's role, which sees one moment."""
        with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(EXACTLY)
            with as_tenant_role(cursor, self._schema):
                yield connections[SHARED].connection

    def close(self) -> None:
        """From now on PostgreSQL refuses whoever changes anything; who began before has ended. Raises ParleyError
        ``busy`` while somebody does not end."""
        for table in self._all_tables():
            self._patiently(_CLOSE, table)

    def reopen(self) -> None:
        """Raises ParleyError ``busy``."""
        for table in self._all_tables():
            self._patiently(_REOPEN, table)

    def end(self) -> None:
        """Nothing is left, and who was refused no longer is. Raises ParleyError ``busy``."""
        with self.inside() as connection:
            [begun] = connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", [self._beside]).fetchone()
        if begun:
            for table in self._all_tables():  # one by one: whoever writes needs several, and in another order
                self._patiently(_UNNOTE, table)
            self._patiently(_END)

    def _all_tables(self) -> list[Table]:
        with self.inside() as connection:
            return tables_here(connection)

    def _patiently(self, statement: LiteralString, table: Table | None = None) -> None:
        """Step back, and try again, rather than keep others waiting for a lock that is waited for."""
        names: dict[str, sql.Composable] = {
            "beside": sql.Identifier(self._beside),
            "schema": sql.Identifier(self._schema),
        }
        if table is not None:
            names |= {"table": sql.Identifier(self._schema, table.name), "noted": self.noted(table)}
            names |= {"keys": keys_of(table)}
        for _ in range(_ATTEMPTS):
            try:
                with self.inside() as connection:
                    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(_LOCK_TIMEOUT))
                    connection.execute(sql.SQL(statement).format(**names))
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                time.sleep(_PAUSE_SECONDS)
            else:
                return
        raise ParleyError(BUSY, "Somebody keeps the tenant's tables locked.")


_KEYS = "CREATE TABLE {noted} AS SELECT {keys} FROM {table} WITH NO DATA"
_NOTE = """
    CREATE FUNCTION {noted}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN INSERT INTO {noted} SELECT {keys} FROM gone; END IF;
        IF TG_OP <> 'DELETE' THEN INSERT INTO {noted} SELECT {keys} FROM came; END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER moving_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS came
        FOR EACH STATEMENT EXECUTE FUNCTION {noted}();
    CREATE TRIGGER moving_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS gone NEW TABLE AS came
        FOR EACH STATEMENT EXECUTE FUNCTION {noted}();
    CREATE TRIGGER moving_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION {noted}()
"""
_UNNOTE = """
    DROP TRIGGER IF EXISTS moving_insert ON {table};
    DROP TRIGGER IF EXISTS moving_update ON {table};
    DROP TRIGGER IF EXISTS moving_delete ON {table};
    DROP TRIGGER IF EXISTS a_moving_closed ON {table}
"""
_NOTE_ALL = "INSERT INTO {noted} SELECT {keys} FROM {table}"
_CLOSE = """
    CREATE OR REPLACE FUNCTION {beside}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the tenant is moving' USING ERRCODE = 'object_not_in_prerequisite_state';
    END $$;
    CREATE OR REPLACE TRIGGER a_moving_closed BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {beside}.refuse()
"""
_REOPEN = "DROP TRIGGER IF EXISTS a_moving_closed ON {table}"
_END = "DROP SCHEMA IF EXISTS {beside} CASCADE"
