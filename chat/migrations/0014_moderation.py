"""Mutes, blocks and decisions; and ``store_messages`` and ``lock_message`` as they judge the first two.

What a shadow-blocked user sends is stored under the room's next seq like any message, as one of the kind ``withheld``:
it names nobody, wakes nobody, and is in no thread. The verdict says so, for it is announced without its words.
"""

from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import kit.ids

_BEFORE = import_module("chat.migrations.0011_store_conversation")


def _changed(statement: str, *changes: tuple[str, str]) -> str:
    """The statement with each passage, which stands in it once, in another wording."""
    for old, new in changes:
        assert statement.count(old) == 1, old
        statement = statement.replace(old, new)
    return statement


_PLAIN = _changed(
    _BEFORE._PLAIN,
    (
        "                WHEN before.id IS NOT NULL",
        "                WHEN before.kind = 'withheld' THEN 'withheld'\n                WHEN before.id IS NOT NULL",
    ),
    (
        "(SELECT id, seq, created_at FROM chat_message WHERE room_id",
        "(SELECT id, seq, created_at, kind FROM chat_message WHERE room_id",
    ),
    (
        "(SELECT id, seq, created_at FROM chat_message WHERE id",
        "(SELECT id, seq, created_at, kind FROM chat_message WHERE id",
    ),
)

_RICH = _changed(
    _BEFORE._RICH,
    (
        "member.role, member.wait, parent.id",
        "member.role, member.wait, mute.seconds AS muted_for, block.shadow IS TRUE AS withheld, parent.id",
    ),
    (
        "(author.id IS NULL OR author.deactivated_at IS NOT NULL)",
        "(author.id IS NULL OR author.deactivated_at IS NOT NULL OR block.shadow IS FALSE)",
    ),
    (
        "                WHEN before.id IS NOT NULL",
        "                WHEN before.kind = 'withheld' THEN 'withheld'\n                WHEN before.id IS NOT NULL",
    ),
    (
        "                WHEN draft.extra ? 'parent' AND",
        "                WHEN mute.user_id IS NOT NULL THEN 'muted'\n                WHEN draft.extra ? 'parent' AND",
    ),
    (
        ") ban ON true\n",
        """) ban ON true
        LEFT JOIN LATERAL (
            SELECT user_id, extract(epoch FROM until - clock_timestamp())::float8 AS seconds FROM chat_mute
            WHERE room_id = draft.room_id AND user_id = draft.user_id AND (until IS NULL OR until > clock_timestamp())
            LIMIT 1
        ) mute ON true
        LEFT JOIN LATERAL (
            SELECT shadow FROM chat_block
            WHERE user_id = draft.user_id AND (until IS NULL OR until > clock_timestamp()) LIMIT 1
        ) block ON true
""",
    ),
    (
        "(SELECT id, seq, created_at, mentions, mentions_room, attachments FROM chat_message\n                WHERE room_id",
        "(SELECT id, seq, created_at, kind, mentions, mentions_room, attachments FROM chat_message\n"
        "                WHERE room_id",
    ),
    (
        "(SELECT id, seq, created_at, mentions, mentions_room, attachments FROM chat_message\n                WHERE id",
        "(SELECT id, seq, created_at, kind, mentions, mentions_room, attachments FROM chat_message\n"
        "                WHERE id",
    ),
    (
        "COALESCE(extra ->> 'kind', 'message'), user_id",
        "CASE WHEN withheld THEN 'withheld' ELSE COALESCE(extra ->> 'kind', 'message') END, user_id",
    ),
    ("CASE WHEN extra ? 'mentions' THEN", "CASE WHEN extra ? 'mentions' AND NOT withheld THEN"),
    ("(extra ? 'mentions_room' AND (user_id", "(extra ? 'mentions_room' AND NOT withheld AND (user_id"),
    ("max(seq) AS seq FROM numbered GROUP", "max(seq) AS seq, NOT bool_and(withheld) AS heard FROM numbered GROUP"),
    ("WHERE parent_id IS NOT NULL GROUP BY", "WHERE parent_id IS NOT NULL AND NOT withheld GROUP BY"),
    (
        "SET active_at = clock_timestamp(),\n",
        "SET active_at = CASE WHEN top.heard THEN clock_timestamp() ELSE room.active_at END,\n",
    ),
    ("id AS message_id, seq FROM numbered\n", "id AS message_id, seq FROM numbered WHERE NOT withheld\n"),
    (
        "THEN 'slow_mode' ELSE judged.verdict END,",
        "THEN 'slow_mode'\n            WHEN judged.verdict = 'store' AND judged.withheld THEN 'withheld'"
        " ELSE judged.verdict END,",
    ),
    (
        "CASE WHEN judged.verdict = 'slow_mode' THEN judged.wait ELSE judged.pause END,",
        "CASE judged.verdict WHEN 'slow_mode' THEN judged.wait WHEN 'muted' THEN judged.muted_for"
        " ELSE judged.pause END,",
    ),
)

_STORE = _changed(
    _BEFORE._STORE,
    (_BEFORE._PLAIN, _PLAIN),
    (_BEFORE._RICH, _RICH),
    (
        "OR EXISTS (SELECT FROM chat_webhookendpoint WHERE enabled)\n    THEN",
        "OR EXISTS (SELECT FROM chat_mute WHERE room_id = ANY (rooms))\n"
        "        OR EXISTS (SELECT FROM chat_block WHERE user_id = ANY (users))\n"
        "        OR EXISTS (SELECT FROM chat_webhookendpoint WHERE enabled)\n    THEN",
    ),
)

_LOCK_MESSAGE = _changed(
    _BEFORE._LOCK_MESSAGE,
    ("frozen boolean, id uuid", "frozen boolean, muted boolean, withheld boolean, id uuid"),
    (
        "room.frozen_at IS NOT NULL, message.id",
        """room.frozen_at IS NOT NULL,
        EXISTS (SELECT FROM chat_mute WHERE room_id = in_room AND user_id = actor AND (until IS NULL OR until > now())),
        EXISTS (SELECT FROM chat_block WHERE user_id = actor AND shadow AND (until IS NULL OR until > now())),
        message.id""",
    ),
)
_DROP_LOCK = "DROP FUNCTION lock_message(text, uuid, text)"

_TELL = """
CREATE FUNCTION tell_of_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('parley_tenants', TG_TABLE_SCHEMA || ':' || NEW.user_id);
    RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE TRIGGER tell_of_block AFTER INSERT OR UPDATE ON chat_block FOR EACH ROW
WHEN (NOT NEW.shadow) EXECUTE FUNCTION tell_of_block()
"""

_ACTS = [
    ("dismissed", "Report dismissed"),
    ("resolved", "Report resolved"),
    ("deleted", "Message deleted"),
    ("warned", "Warned"),
    ("muted", "Muted"),
    ("unmuted", "Unmuted"),
    ("banned", "Banned from a room"),
    ("unbanned", "Ban lifted"),
    ("blocked", "Blocked everywhere"),
    ("shadow_blocked", "Shadow-blocked"),
    ("unblocked", "Block lifted"),
    ("refused", "Text refused"),
    ("noted", "Note"),
]
_KINDS = [
    ("message", "Message"),
    ("system", "System"),
    ("member.joined", "Member Joined"),
    ("member.left", "Member Left"),
    ("member.updated", "Member Updated"),
    ("room.updated", "Room Updated"),
    ("withheld", "Withheld"),
]
_now = django.db.models.functions.datetime.Now()


def _theirs(model: str, related_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=model
    )


class Migration(migrations.Migration):
    dependencies = [("chat", "0013_guest_links")]

    operations = [
        migrations.CreateModel(
            name="Mute",
            fields=[
                ("room", _theirs("chat.room", "mutes")),
                ("user", _theirs("chat.user", "+")),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_default=_now)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "room_id", "user_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="block",
                        serialize=False,
                        to="chat.user",
                    ),
                ),
                ("shadow", models.BooleanField(db_default=False)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_default=_now)),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.UUIDField(default=kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("act", models.CharField(choices=_ACTS, max_length=16)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="chat.user",
                    ),
                ),
                ("room_id", models.CharField(max_length=64, null=True)),
                ("message_id", models.UUIDField(null=True)),
                (
                    "reports",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, db_default=[], size=None
                    ),
                ),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=1000)),
                ("rule", models.CharField(blank=True, db_default="", max_length=32)),
                ("decided_by", models.CharField(blank=True, max_length=128, null=True)),
                ("decider", models.CharField(blank=True, db_default="", max_length=120)),
                ("created_at", models.DateTimeField(db_default=_now)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["user", "-id"], name="decisions_of_user")],
            },
        ),
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(choices=_KINDS, db_default="message", max_length=16),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("kind", "withheld")), fields=["user", "id"], name="messages_withheld"
            ),
        ),
        migrations.RunSQL(_BEFORE._DROP, _BEFORE._STORE),
        migrations.RunSQL(_STORE, _BEFORE._DROP),
        migrations.RunSQL(_DROP_LOCK, _BEFORE._LOCK_MESSAGE),
        migrations.RunSQL(_LOCK_MESSAGE, _DROP_LOCK),
        migrations.RunSQL(_TELL, "DROP FUNCTION tell_of_block() CASCADE"),
        migrations.RunSQL(_TRIGGER, "DROP TRIGGER tell_of_block ON chat_block"),
    ]
