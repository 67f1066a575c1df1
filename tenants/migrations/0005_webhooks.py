from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_paces_and_content_rules")]

    operations = [
        migrations.AddField("tenant", "has_webhooks", models.BooleanField(default=False)),
        migrations.AddField("tenant", "before_send", models.JSONField(default=dict, blank=True)),
    ]
