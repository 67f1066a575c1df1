"""The tables of a tenant's schema, as PostgreSQL itself describes them: what is in them, in which order they are
filled. None can be forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

_MIGRATIONS = "django_migrations"


@dataclass(frozen=True, slots=True)
class Column:
    """``is_text``: its order depends on the server's collation. ``is_identity``: a sequence gives it its values."""

    name: str
    is_text: bool
    is_identity: bool

    @property
    def is_sealed(self) -> bool:
        """By its name: it holds a secret that this server alone can open."""
        return self.name.startswith("sealed_")


@dataclass(frozen=True, slots=True)
class Table:
    """``key`` names the columns of its primary key, ``needs`` the tables that its foreign keys lead to."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    needs: frozenset[str]

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]


def tables_here(connection: Any) -> list[Table]:
    """Those of the schema that ``connection`` is in, by name. Unlogged ones are not among them: what is lost in a crash
    is not taken along either."""
    return [
        Table(name, tuple(map(Column, names, texts, identities)), tuple(key), frozenset(needs))
        for name, names, texts, identities, key, needs in connection.execute(_TABLES, {"migrations": _MIGRATIONS})
    ]


_TABLES = """
    SELECT relname::text, names, texts, identities,
        (SELECT array_agg(attname::text ORDER BY array_position(indkey::int2[], attnum)) FROM pg_index
            JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
            WHERE indrelid = pg_class.oid AND indisprimary),
        ARRAY(SELECT confrelid::regclass::text FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'f')
    FROM pg_class
    CROSS JOIN LATERAL (
        SELECT array_agg(attname::text ORDER BY attnum) AS names,
            array_agg(attcollation <> 0 ORDER BY attnum) AS texts,
            array_agg(attidentity <> '' ORDER BY attnum) AS identities
        FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ) columns
    WHERE relnamespace = current_schema::regnamespace AND relkind = 'r' AND relpersistence = 'p'
        AND relname <> %(migrations)s
    ORDER BY relname
"""


def filling_order(tables: Sequence[Table]) -> list[list[Table]]:
    """Each group needs none but itself and those before it. Tables that need each other, as rooms, people and guest
    links do, are one group."""
    reach = {table.name: _reachable(table.name, {each.name: each.needs for each in tables}) for table in tables}
    groups: dict[frozenset[str], list[Table]] = {}
    for table in sorted(tables, key=lambda each: (len(reach[each.name]), each.name)):
        mutual = frozenset(name for name in reach[table.name] if table.name in reach[name])
        groups.setdefault(mutual, []).append(table)
    return list(groups.values())


def _reachable(start: str, needs: Mapping[str, Collection[str]]) -> set[str]:
    """Itself included."""
    found, ahead = {start}, [start]
    while ahead:
        more = set(needs.get(ahead.pop(), ())) - found
        found |= more
        ahead += more
    return found


def rows_out(table: Table, masks: Mapping[str, str], among: sql.Composable | None = None) -> sql.Composed:
    """The statement that copies a table's rows out, always in the same order and without sealed secrets, so that equal
    rows are equal bytes on every server. ``masks`` is SQL of ours; ``among`` is a table with the keys of the rows that
    are wanted."""
    shown = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(_expression(column, masks), sql.Identifier(column.name)) for column in table.columns
    )
    order = sql.SQL(", ").join(
        sql.SQL('{} COLLATE "C"' if column.is_text else "{}").format(sql.Identifier("shown", column.name))
        for column in table.columns
        if column.name in table.key
    )
    wanted = with_keys(table, among) if among is not None else sql.SQL("true")
    return sql.SQL("COPY (SELECT * FROM (SELECT {} FROM {} WHERE {}) AS shown ORDER BY {}) TO STDOUT").format(
        shown, sql.Identifier(table.name), wanted, order
    )


def keys_of(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.key))


def with_keys(table: Table, among: sql.Composable) -> sql.Composed:
    """A condition on the table's rows: their keys are in ``among``."""
    keys = keys_of(table)
    return sql.SQL("({}) IN (SELECT {} FROM {})").format(keys, keys, among)


def _expression(column: Column, masks: Mapping[str, str]) -> sql.Composable:
    if column.name in masks:
        return sql.SQL(masks[column.name])
    return sql.SQL("''::text") if column.is_sealed else sql.Identifier(column.name)


def rows_in(table: Table) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.column_names))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)


EXACTLY = """
    SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'postgres';
    SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL client_encoding = 'UTF8'
"""
"""Values as text are the same whatever the server's settings."""


def set_triggers(connection: Any, tables: Sequence[Table], *, on: bool) -> None:
    """Ours, not those that check foreign keys: what they did when a row was stored is in the rows."""
    verb = sql.SQL("ENABLE" if on else "DISABLE")
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table.name), verb))


def set_sequences(connection: Any, tables: Sequence[Table]) -> None:
    """Behind the highest value that a row has."""
    for table in tables:
        for column in (column for column in table.columns if column.is_identity):
            statement = _SET_SEQUENCE.format(
                sql.Literal(table.name),
                sql.Literal(column.name),
                sql.Identifier(column.name),
                sql.Identifier(table.name),
            )
            connection.execute(statement)


_SET_SEQUENCE = sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), COALESCE(max({}), 0) + 1, false) FROM {}")
