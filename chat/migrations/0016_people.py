"""Many people at once, and one of them for the last time: imports, erasures, and an index by which people are found."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import chat.models.people

_WORDS = """
CREATE INDEX users_by_word ON chat_user
USING gin ((array_to_tsvector(ARRAY[lower(id)]) || to_tsvector('pg_catalog.simple', name)))
"""
"""The id as one word, and the words of the name. ``chat.queries.people.FOUND`` looks for beginnings of them."""

_NOW = django.db.models.functions.datetime.Now()


class Migration(migrations.Migration):
    dependencies = [("chat", "0015_retention")]

    operations = [
        migrations.AddField("user", "data", models.JSONField(blank=True, null=True)),
        migrations.CreateModel(
            name="UserImport",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=chat.models.people._import_id,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("file_name", models.CharField(max_length=120)),
                ("size", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("looked_at", "Looked At"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        db_default="looked_at",
                        max_length=10,
                    ),
                ),
                ("position", models.BigIntegerField(db_default=0)),
                ("line", models.IntegerField(db_default=0)),
                ("saved", models.IntegerField(db_default=0)),
                ("faulty", models.IntegerField(db_default=0)),
                ("failure", models.CharField(blank=True, db_default="", max_length=200)),
                ("created_at", models.DateTimeField(db_default=_NOW)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.SmallIntegerField(db_default=0)),
            ],
            options={"ordering": ["-created_at"]},
        ),
        migrations.CreateModel(
            name="ImportFault",
            fields=[
                (
                    "user_import",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="faults",
                        to="chat.userimport",
                    ),
                ),
                ("line", models.IntegerField()),
                ("user", models.CharField(blank=True, max_length=128)),
                ("reason", models.CharField(max_length=300)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user_import_id", "line", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
            options={"ordering": ["line"]},
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("user", models.CharField(blank=True, max_length=128)),
                ("stand_in", models.CharField(max_length=32)),
                ("removes_messages", models.BooleanField()),
                ("total", models.IntegerField(db_default=0)),
                ("done", models.IntegerField(db_default=0)),
                ("started_at", models.DateTimeField(db_default=_NOW)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.SmallIntegerField(db_default=0)),
            ],
            options={"ordering": ["-started_at"]},
        ),
        migrations.RunSQL(_WORDS, "DROP INDEX users_by_word"),
    ]
