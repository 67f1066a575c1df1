"""django-tenants' engine, with the tenant taken from ``tenant_scope`` instead of kept on the connection.

On the connection, that is per thread, a tenant leaks from one task to the next; in the scope's ContextVar it cannot.
Each statement first makes sure that the connection's role and search_path are those of the tenant in scope.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.db.backends.postgresql import base as django_postgresql
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django_tenants.postgresql_backend import base as django_tenants_postgresql
from psycopg.errors import InsufficientPrivilege

from tenants.scope import ENTER_SQL, TenantChangedInTransaction, is_in_scope, reading_roles_anew, schema_in_scope


class SchemaEditor(DatabaseSchemaEditor):
    """Spares every new tenant some milliseconds: a foreign key comes with its table, where PostgreSQL has no rows to
    check, and a key gets no second index for ``LIKE 'x%'``, for ids are compared whole."""

    sql_create_inline_fk = "REFERENCES %(to_table)s (%(to_column)s) DEFERRABLE INITIALLY DEFERRED"

    def _create_like_index_sql(self, model: Any, field: Any) -> None:
        return None


class DatabaseWrapper(django_tenants_postgresql.DatabaseWrapper):  # type: ignore[misc]
    """A connection that serves whichever tenant is in scope, and nobody when none is."""

    SchemaEditorClass = SchemaEditor

    _entered: str | None = None  # whose role and path the open connection has for certain
    _bound: str | None = None  # whose the open transaction is

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._constructing = True
        super().__init__(*args, **kwargs)
        self._constructing = False
        self.execute_wrappers.append(self._in_scope)
        # django-tenants' introspection moves the search_path; the stock one goes by what is visible on it.
        self.introspection = self.introspection_class(self)

    # What django-tenants keeps on the connection is answered from the scope.

    @property
    def schema_name(self) -> str:
        return schema_in_scope() if is_in_scope() else "public"

    @schema_name.setter
    def schema_name(self, value: object) -> None: ...

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        if not self._constructing:
            self._refuse()

    def set_schema(self, *args: Any, **kwargs: Any) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise RuntimeError("tenants.scope.tenant_scope is the only door into a tenant's schema")

    # Entering

    def _cursor(self, name: str | None = None) -> Any:
        self._enter(schema_in_scope())
        return django_postgresql.DatabaseWrapper._cursor(self, name)  # type: ignore[attr-defined]

    def _in_scope(self, execute: Any, *statement: Any) -> Any:
        """A cursor may outlive the scope that it was opened in: each statement asks again."""
        self._enter(schema_in_scope())
        return execute(*statement)

    def _enter(self, schema: str) -> None:
        self.ensure_connection()
        if self.in_atomic_block and self._bound not in (None, schema):
            raise TenantChangedInTransaction(f"the transaction belongs to {self._bound}, not to {schema}")
        in_use, self._bound = self._bound is not None, schema if self.in_atomic_block else None
        if self._entered == schema:
            return
        self._entered = None
        with self.wrap_database_errors:
            try:
                self._become(schema)
            except InsufficientPrivilege:
                if in_use:
                    raise
                self._read_roles_anew(schema)
                self._become(schema)
        self._entered = schema

    def _become(self, schema: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(ENTER_SQL, (schema, schema))

    def _read_roles_anew(self, schema: str) -> None:
        """A transaction that has just begun is begun once more: nothing is in it but the refusal."""
        if self.in_atomic_block:
            self.connection.rollback()
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(reading_roles_anew(schema))

    # With its transaction's end the connection is free for the next tenant. A rollback takes back a set_config made
    # inside it, and a pooled connection comes back as anyone's.

    def commit(self) -> None:
        self._bound = None
        super().commit()

    def rollback(self) -> None:
        self._entered = self._bound = None
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        try:
            super().savepoint_rollback(sid)
        finally:
            self._entered = None

    def close(self) -> None:
        self._entered = self._bound = None
        super().close()
