from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("chat", "0013_guest_links")]

    operations = []
