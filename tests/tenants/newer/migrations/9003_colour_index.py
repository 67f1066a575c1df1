from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("chat", "9002_colour_by_name")]

    operations = [AddIndexConcurrently("room", models.Index(fields=["colour", "name"], name="room_colour_name"))]
