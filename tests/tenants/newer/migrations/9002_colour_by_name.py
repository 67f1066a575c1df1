from django.db import migrations


def colour_by_name(apps, schema_editor):
    room = apps.get_model("chat", "Room")
    for each in room.objects.all():
        each.colour = f"{each.name} blue"
        each.save()


class Migration(migrations.Migration):
    dependencies = [("chat", "9001_room_colour")]

    operations = [migrations.RunPython(colour_by_name)]
