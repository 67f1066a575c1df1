from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0016_process_crowds")]

    operations = [migrations.AddField("tenant", "restored_at", models.DateTimeField(null=True, blank=True))]
