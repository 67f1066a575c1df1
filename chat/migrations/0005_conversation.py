import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

_MENTIONS = "CREATE INDEX message_mentions ON chat_message (room_id, seq) WHERE mentions_room OR mentions <> '{}'"
"""Messages that name somebody have a small index of their own: who has been away for long still learns of those."""

_NEEDLESS = (
    "chat_user_id_f0105145_like",
    "chat_user_account_id_09ac0e7d_like",
    "chat_room_id_5eb1e11a_like",
    "chat_room_direct_key_f7d305fb_like",
)
"""Second indexes on keys, for ``LIKE 'x%'`` in other collations than C: made where the schema is an old one."""


class Migration(migrations.Migration):
    dependencies = [("chat", "0004_room_fillfactor")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="invisible",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="is_bot",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="last_seen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="revoked_before",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="room",
            name="data",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="room",
            name="frozen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="room",
            name="picture",
            field=models.CharField(blank=True, db_default="", max_length=2000),
        ),
        migrations.AddField(
            model_name="room",
            name="slow_seconds",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AlterField(
            model_name="room",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="chat.user",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="muted",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="member",
            name="sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="attachments",
            field=models.JSONField(blank=True, db_default=[]),
        ),
        migrations.AddField(
            model_name="message",
            name="html",
            field=models.TextField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="last_repliers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=128), blank=True, db_default=[], size=None
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="mentions",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=128), blank=True, db_default=[], size=None
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="mentions_room",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replies",
                to="chat.message",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="pinned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="pinned_by",
            field=models.CharField(blank=True, max_length=128, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="quoted",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="chat.message",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="reactions",
            field=models.JSONField(blank=True, db_default=[]),
        ),
        migrations.AddField(
            model_name="message",
            name="reply_count",
            field=models.IntegerField(db_default=0),
        ),
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[
                    ("message", "Message"),
                    ("system", "System"),
                    ("member.joined", "Member Joined"),
                    ("member.left", "Member Left"),
                    ("member.updated", "Member Updated"),
                    ("room.updated", "Room Updated"),
                ],
                db_default="message",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent", "seq"], name="message_replies"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("pinned_at__isnull", False)), fields=["room", "pinned_at"], name="message_pins"
            ),
        ),
        migrations.CreateModel(
            name="MessageEdit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="edits", to="chat.message"
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("data", models.JSONField(blank=True, null=True)),
                ("edited_by", models.CharField(blank=True, max_length=128, null=True)),
                ("edited_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Reaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chat.message"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chat.user"
                    ),
                ),
                ("emoji", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("message", "user", "emoji"), name="one_reaction_each")],
            },
        ),
        migrations.CreateModel(
            name="Ban",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="bans", to="chat.room"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chat.user"
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("banned_by", models.CharField(blank=True, max_length=128, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [models.UniqueConstraint(fields=("room", "user"), name="one_ban_per_user")],
            },
        ),
        migrations.CreateModel(
            name="StoredAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caller", models.CharField(max_length=140)),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("content_type", models.CharField(blank=True, db_default="", max_length=100)),
                ("body", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["created_at"], name="answers_by_age")],
                "constraints": [models.UniqueConstraint(fields=("caller", "key"), name="one_answer_per_key")],
            },
        ),
        migrations.RunSQL(_MENTIONS, "DROP INDEX message_mentions"),
        migrations.RunSQL(f"DROP INDEX IF EXISTS {', '.join(_NEEDLESS)}", migrations.RunSQL.noop),
    ]
