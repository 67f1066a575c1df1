"""The other place, brought to a moment of this one, again and again: what changed since the last time is read anew, in
a transaction that forgets it only when it is there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import IO, Any

from psycopg import sql

from kit.errors import INTERNAL, ParleyError
from tenants.portability.changes import Changes
from tenants.portability.contents import contents
from tenants.portability.pausing import Pauses
from tenants.portability.tables import Table, keys_of, rows_out
from tenants.portability.wire import Wire

_CHUNK = 1 << 18


class Following:
    """``there`` are the paths of the files that have arrived."""

    def __init__(self, schema: str, changes: Changes, wire: Wire, there: set[str]) -> None:
        self._schema, self._changes, self._wire, self._there = schema, changes, wire, there

    def step(self, *, whole: bool = False) -> int:
        """Returns how much had changed; ``whole``: every row of both places is compared then. Raises LineLost,
        ParleyError."""
        with self._changes.inside() as connection:
            self._wire.send("changes")
            changed = sum(self._tell(connection, table) for table in self._changes.tables)
            self._tell_files(connection)
            self._wire.ask("apply")
            if whole:
                self._compare(connection)
        return changed

    def _tell(self, connection: Any, table: Table) -> int:
        noted = self._changes.noted(table)
        [count] = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(noted)).fetchone()
        if count:
            connection.execute(sql.SQL("ANALYZE {}").format(noted))
            self._wire.send("table", name=table.name, columns=table.column_names)
            keys = sql.SQL("COPY (SELECT DISTINCT {} FROM {}) TO STDOUT").format(keys_of(table), noted)
            for statement in (keys, rows_out(table, {}, noted)):
                self._wire.send_stream(copied(connection, statement))
            connection.execute(sql.SQL("DELETE FROM {}").format(noted))
        return int(count)

    def _tell_files(self, connection: Any) -> None:
        """Their content never changes. One that is missing was removed meanwhile."""
        paths = set(contents().paths(connection, masked=False))
        for path in sorted(paths - self._there):
            try:
                opened = contents().open_file(self._schema, path)
            except FileNotFoundError:
                continue
            with closing(opened):
                self._wire.send("file", path=path)
                self._wire.send_stream(chunks_of(opened))
        for path in sorted(self._there - paths):
            self._wire.send("gone", path=path)
        self._there = paths

    def _compare(self, connection: Any) -> None:
        self._wire.send("sums")
        ours = sums(connection, self._changes.tables)
        theirs = json.loads(self._wire.receive().content)
        if theirs != ours:
            wrong = sorted(name for name in ours if theirs.get(name) != ours[name])
            raise ParleyError(INTERNAL, f"What arrived is not what is here: {', '.join(wrong)}.")


def sums(connection: Any, tables: Sequence[Table]) -> dict[str, list[Any]]:
    """Of each table how many rows it has and the SHA-256 of all of them; under ``rooms`` how many there are, and the
    SHA-256 of their heads."""
    found = {table.name: _sum_of(connection, table) for table in tables}
    heads = [head.as_told for head in contents().room_heads(connection)]
    return {**found, "rooms": [len(heads), hashlib.sha256(json.dumps(heads).encode()).hexdigest()]}


def _sum_of(connection: Any, table: Table) -> list[Any]:
    hashed, pauses = hashlib.sha256(), Pauses()
    with connection.cursor() as cursor:
        with cursor.copy(rows_out(table, {})) as copy:
            for chunk in copy:
                hashed.update(chunk)
                pauses.rest_if_due()
        return [cursor.rowcount, hashed.hexdigest()]


def counts(connection: Any, tables: Sequence[Table]) -> dict[str, int]:
    """Rows of each table: quick, and the same on both sides where every change has arrived."""
    found = {}
    for table in tables:
        count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
        [found[table.name]] = connection.execute(count).fetchone()
    return found


def copied(connection: Any, statement: sql.Composed) -> Iterator[bytes]:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in copy:
            yield bytes(chunk)


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
