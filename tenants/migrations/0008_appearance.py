from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_upload_limits")]

    operations = [migrations.AddField("tenant", "appearance", models.JSONField(blank=True, default=dict))]
