from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "9002_colour_by_name")]

    operations = [migrations.AddIndex("room", models.Index(fields=["colour", "name"], name="room_colour_name"))]
