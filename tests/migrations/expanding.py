"""What a migration may not do while the code before it still serves (deploy/UPGRADING.md).

Operations are judged with the models as they were before each, and statements of RunSQL by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connections
from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field

LARGE = {
    *("tenants_account", "tenants_activeuser", "tenants_auditentry", "tenants_figure", "tenants_membership"),
    *("tenants_usage", "chat_member", "chat_message", "chat_reaction"),
}
"""Where making an index in one go would hold up writers for longer than they wait."""


def faults(loader: MigrationLoader, migration: Migration) -> list[str]:
    """Each thing in it that breaks, or holds up, the code of the release before."""
    known = [key for key in migration.dependencies if key in loader.disk_migrations]
    return list(_of_migration(migration, loader.project_state(known) if known else ProjectState()))


def _of_migration(migration: Migration, state: ProjectState) -> Iterator[str]:
    new: set[str] = set()
    for operation in migration.operations:
        before = state.clone()
        operation.state_forwards(migration.app_label, state)
        if isinstance(operation, ops.CreateModel):
            new.add(operation.name_lower)
        told_apart = isinstance(operation, ops.SeparateDatabaseAndState)
        for each in operation.database_operations if told_apart else [operation]:
            yield from _of_operation(each, migration.app_label, before, state, new)


def _of_operation(
    operation: Operation, app: str, before: ProjectState, after: ProjectState, new: set[str]
) -> Iterator[str]:
    what = operation.describe()
    model = getattr(operation, "model_name_lower", None) or getattr(operation, "name_lower", "")
    match operation:
        case ops.DeleteModel() | ops.RemoveField():
            yield f"{what}: old code still reads it. Stop using it in this release, remove it in the next"
        case ops.RenameModel() | ops.RenameField() | ops.AlterModelTable():
            yield f"{what}: old code knows the old name. Add the new one, copy, remove the old one a release later"
        case _ if model in new:
            return
        case ops.AddField() if not operation.field.null and operation.field.db_default is NOT_PROVIDED:
            if not operation.field.many_to_many:
                yield f"{what}: old code's inserts would fail. Make it nullable, or give it a db_default"
        case ops.AlterField():
            yield from _of_change(what, *(_field(state, app, operation) for state in (before, after)))
        case ops.AddIndex() if not isinstance(operation, AddIndexConcurrently) and _is_large(before, app, model):
            yield f"{what}: nobody could write meanwhile. Use AddIndexConcurrently and atomic = False"
        case ops.AddConstraint() | ops.AlterUniqueTogether() if _is_large(before, app, model):
            yield f"{what}: nobody could write meanwhile, and what old code writes may be against it"
        case ops.RunSQL():
            yield from _of_statements(str(operation.sql))


def _of_change(what: str, old: Field, new: Field) -> Iterator[str]:
    if _type(old) != _type(new):
        yield f"{what}: from {_type(old)} to {_type(new)}. Add a column of the new type instead"
    if old.null and not new.null and new.db_default is NOT_PROVIDED:
        yield f"{what}: old code may leave it empty, and its inserts would fail"
    if old.db_default is not NOT_PROVIDED and new.db_default is NOT_PROVIDED and not new.null:
        yield f"{what}: old code's inserts rely on the default"


def _field(state: ProjectState, app: str, operation: ops.AlterField) -> Field:
    return state.apps.get_model(app, operation.model_name)._meta.get_field(operation.name)


def _type(field: Field) -> str | None:
    return field.db_parameters(connections["default"])["type"]


def _is_large(state: ProjectState, app: str, model: str) -> bool:
    return state.apps.get_model(app, model)._meta.db_table in LARGE


_REFUSED = (
    (r"\bDROP\s+(TABLE|COLUMN)\b", "old code still reads it"),
    (r"\bRENAME\b", "old code knows the old name"),
    (r"\bALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b", "the table would be written anew meanwhile"),
    (r"\bSET\s+NOT\s+NULL\b", "old code may leave it empty"),
    (r"\bADD\s+COLUMN\b(?=[^,;]*\bNOT\s+NULL\b)(?![^,;]*\bDEFAULT\b)", "old code's inserts would fail"),
    (
        rf"\bCREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)[^;]*?\bON\s+({'|'.join(sorted(LARGE))})\b",
        "nobody could write meanwhile: CONCURRENTLY, and atomic = False",
    ),
)


def _of_statements(sql: str) -> Iterator[str]:
    for pattern, why in _REFUSED:
        for found in re.finditer(pattern, sql, re.IGNORECASE):
            yield f"{' '.join(found.group().split())}: {why}"
