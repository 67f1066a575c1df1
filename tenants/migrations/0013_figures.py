from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0012_operators")]

    operations = []
