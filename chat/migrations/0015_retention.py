"""Where a room's history begins by now, and indexes: a removed message's reports, and rooms by how their names begin."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("chat", "0014_moderation")]

    operations = [
        migrations.AddField("room", "first_seq", models.BigIntegerField(db_default=1)),
        migrations.AddIndex("room", models.Index(Lower("name"), name="rooms_by_name")),
        migrations.AddIndex("report", models.Index(fields=["message"], name="reports_of_message")),
    ]
