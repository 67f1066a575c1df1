from django.db import migrations, models

_SUPPORT = [("none", "None"), ("view", "View"), ("change", "Change")]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_operator_roles")]

    operations = [
        migrations.AddField("tenant", "conduct", models.JSONField(blank=True, default=dict)),
        migrations.AddField("tenant", "retention", models.JSONField(blank=True, default=dict)),
        migrations.AddField("tenant", "emails", models.JSONField(blank=True, default=dict)),
        migrations.AddField("tenant", "requires_mfa", models.BooleanField(default=False)),
        migrations.AddField(
            "tenant", "support_access", models.CharField(choices=_SUPPORT, default="view", max_length=8)
        ),
        migrations.AddField("tenant", "paused", models.BooleanField(default=False)),
        migrations.AddField("tenant", "region", models.CharField(blank=True, max_length=80)),
        migrations.AddField("tenant", "notes", models.TextField(blank=True)),
    ]
