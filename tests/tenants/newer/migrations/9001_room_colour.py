from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]

    operations = [
        migrations.AddField("room", "colour", models.CharField(max_length=60, db_default='grey 100% "it\'s"')),
        migrations.RunSQL(
            "CREATE INDEX room_colour ON chat_room (colour) WHERE colour LIKE '%grey%'",
            state_operations=[],
        ),
    ]
