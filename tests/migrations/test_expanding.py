"""Migrations since the first release leave the code before them in peace; and the judge of that is no yes-man."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import CharField, Index, TextField, UniqueConstraint

from tests.migrations.allowed import ALLOWED
from tests.migrations.expanding import faults

OURS = {"accounts", "billing", "chat", "console", "tenants"}
BEFORE = set((Path(__file__).parent / "before.txt").read_text().split())
"""Those that were there when nobody had anything to upgrade."""


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


def test_old_code_goes_on_beside_every_migration(loader: MigrationLoader) -> None:
    added = {key for key in loader.disk_migrations if key[0] in OURS and ".".join(key) not in BEFORE}
    found = {".".join(key): faults(loader, loader.disk_migrations[key]) for key in sorted(added - ALLOWED.keys())}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_what_is_allowed_is_there_and_has_a_reason(loader: MigrationLoader) -> None:
    assert ALLOWED.keys() <= loader.disk_migrations.keys()
    assert all(len(reason) > 20 for reason in ALLOWED.values())


REFUSED = {
    "removed column": migrations.RemoveField("message", "text"),
    "removed table": migrations.DeleteModel("Reaction"),
    "renamed column": migrations.RenameField("message", "text", "words"),
    "renamed table": migrations.RenameModel("Reaction", "Answer"),
    "moved table": migrations.AlterModelTable("Reaction", "reactions"),
    "required column": migrations.AddField("room", "colour", CharField(max_length=9, default="grey")),
    "other type": migrations.AlterField("message", "client_id", models.BigIntegerField(null=True)),
    "index": migrations.AddIndex("message", Index(fields=["text"], name="by_text")),
    "constraint": migrations.AddConstraint("message", UniqueConstraint(fields=["text"], name="once")),
    "dropped by hand": migrations.RunSQL("ALTER TABLE chat_message DROP COLUMN text"),
    "renamed by hand": migrations.RunSQL("ALTER TABLE chat_message RENAME text TO words"),
    "type by hand": migrations.RunSQL("ALTER TABLE chat_message ALTER text TYPE varchar(9)"),
    "required by hand": migrations.RunSQL("ALTER TABLE chat_message ALTER COLUMN data SET NOT NULL"),
    "added by hand": migrations.RunSQL("ALTER TABLE chat_room ADD COLUMN colour text NOT NULL"),
    "index by hand": migrations.RunSQL(["CREATE INDEX by_text ON chat_message (text)"]),
    "told apart": migrations.SeparateDatabaseAndState([migrations.RunSQL("DROP TABLE chat_message")], []),
}
TAKEN = {
    "nullable column": migrations.AddField("message", "colour", TextField(null=True)),
    "column with a default": migrations.AddField("room", "colour", TextField(db_default="grey")),
    "added by hand": migrations.RunSQL("ALTER TABLE chat_room ADD COLUMN colour text NOT NULL DEFAULT 'grey'"),
    "new table": migrations.CreateModel("Colour", [("name", TextField(primary_key=True))]),
    "index beside writers": AddIndexConcurrently("message", Index(fields=["text"], name="by_text")),
    "index by hand": migrations.RunSQL("CREATE INDEX CONCURRENTLY by_text ON chat_message (text)"),
    "index of a small table": migrations.AddIndex("room", Index(fields=["topic"], name="by_topic")),
    "no longer wanted in Python": migrations.SeparateDatabaseAndState([], [migrations.RemoveField("message", "text")]),
}


@pytest.mark.parametrize("operation", REFUSED.values(), ids=REFUSED)
def test_what_old_code_would_stumble_over_is_refused(loader: MigrationLoader, operation: Operation) -> None:
    assert _judged(loader, operation)


@pytest.mark.parametrize("operation", TAKEN.values(), ids=TAKEN)
def test_what_only_adds_is_taken(loader: MigrationLoader, operation: Operation) -> None:
    assert _judged(loader, operation) == []


def _judged(loader: MigrationLoader, operation: Operation) -> list[str]:
    newest = max(name for app, name in loader.disk_migrations if app == "chat")
    migration = migrations.Migration("9999_next", "chat")
    migration.operations, migration.dependencies = [operation], [("chat", newest)]
    return faults(loader, migration)
