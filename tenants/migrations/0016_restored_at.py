from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0015_tenant_import")]

    operations = [migrations.AddField("tenant", "restored_at", models.DateTimeField(null=True, blank=True))]
