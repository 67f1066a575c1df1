"""Half of each page of ``chat_room`` is left free: a commit that counts seqs on finds place beside the row (a HOT
update) and touches none of the table's indexes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("chat", "0003_store_messages")]
    operations = [
        migrations.RunSQL("ALTER TABLE chat_room SET (fillfactor = 50)", "ALTER TABLE chat_room RESET (fillfactor)"),
    ]
