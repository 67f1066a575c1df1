"""Each process says how many sockets of each tenant it holds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0015_tenant_import")]

    operations = [migrations.AddField("process", "crowds", models.JSONField(db_default={}, default=dict))]
