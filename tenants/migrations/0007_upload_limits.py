from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_search_language")]

    operations = [
        migrations.AddField("tenant", "upload_bytes", models.PositiveIntegerField(default=10 << 20)),
        migrations.AddField("tenant", "storage_bytes", models.PositiveBigIntegerField(default=1 << 30)),
        migrations.AddField("tenant", "attachments_per_message", models.PositiveSmallIntegerField(default=10)),
        migrations.AddConstraint(
            "tenant",
            models.CheckConstraint(
                name="tenant_upload_limits",
                condition=models.Q(upload_bytes__lte=25 << 20, attachments_per_message__lte=10),
            ),
        ),
    ]
