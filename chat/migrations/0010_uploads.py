"""Uploads follow their messages, and what they take is counted.

``attach_uploads`` gives the uploads that a new message names to it, in the transaction that stores it: an upload belongs
to one message at most. Of two messages that race for one, the second is stored without it; it does not wait, so that
nobody's batch is held up. ``discard_uploads`` gives them up when the message is deleted, by whatever statement.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import chat.models.uploads

_ATTACH = """
CREATE FUNCTION attach_uploads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH free AS (
        SELECT id FROM chat_upload
        WHERE id IN (SELECT attachment ->> 'id' FROM jsonb_array_elements(NEW.attachments) attachment)
            AND message_id IS NULL AND discarded_at IS NULL
        FOR UPDATE SKIP LOCKED
    ), attached AS (
        UPDATE chat_upload upload SET message_id = NEW.id FROM free WHERE upload.id = free.id RETURNING upload.id
    )
    SELECT COALESCE(jsonb_agg(attachment ORDER BY place), '[]') INTO NEW.attachments
    FROM jsonb_array_elements(NEW.attachments) WITH ORDINALITY AS named (attachment, place)
    WHERE attachment ->> 'id' IN (SELECT id FROM attached);
    RETURN NEW;
END $$
"""
_DISCARD = """
CREATE FUNCTION discard_uploads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat_upload SET message_id = NULL, discarded_at = now() WHERE message_id = OLD.id;
    RETURN NULL;
END $$
"""
_TRIGGERS = {
    "attach_uploads": """
        CREATE TRIGGER attach_uploads BEFORE INSERT ON chat_message
        FOR EACH ROW WHEN (NEW.attachments <> '[]') EXECUTE FUNCTION attach_uploads()
    """,
    "discard_uploads": """
        CREATE TRIGGER discard_uploads AFTER UPDATE OF deleted_at ON chat_message
        FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.attachments <> '[]') EXECUTE FUNCTION discard_uploads()
    """,
    "discard_uploads_of_removed": """
        CREATE TRIGGER discard_uploads_of_removed AFTER DELETE ON chat_message
        FOR EACH ROW WHEN (OLD.attachments <> '[]') EXECUTE FUNCTION discard_uploads()
    """,
}


class Migration(migrations.Migration):
    dependencies = [("chat", "0009_webhooks")]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=chat.models.uploads._upload_id,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="chat.user",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="uploads",
                        to="chat.message",
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                ("path", models.CharField(max_length=300)),
                ("thumbnail", models.CharField(blank=True, db_default="", max_length=300)),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("blurhash", models.CharField(blank=True, db_default="", max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("discarded_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("message__isnull", True)), fields=["created_at"], name="unattached_uploads"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StorageUse",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("used_bytes", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_storage_use")],
            },
        ),
        migrations.RunSQL(_ATTACH, "DROP FUNCTION attach_uploads() CASCADE"),
        migrations.RunSQL(_DISCARD, "DROP FUNCTION discard_uploads() CASCADE"),
        *[
            migrations.RunSQL(trigger, f"DROP TRIGGER IF EXISTS {name} ON chat_message")
            for name, trigger in _TRIGGERS.items()
        ],
    ]
