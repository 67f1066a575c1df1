"""Messages that name somebody have a small index of their own: who has been away for long still learns of those."""

from django.db import migrations

_INDEX = "CREATE INDEX message_mentions ON chat_message (room_id, seq) WHERE mentions_room OR mentions <> '{}'"


class Migration(migrations.Migration):
    dependencies = [("chat", "0011_store_conversation")]
    operations = [migrations.RunSQL(_INDEX, "DROP INDEX message_mentions")]
