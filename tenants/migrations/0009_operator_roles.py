"""Operators have roles; whoever was one is an owner."""

from django.db import migrations, models

_ROLES = [("owner", "Owner"), ("operator", "Operator"), ("support", "Support"), ("viewer", "Viewer")]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_appearance")]

    operations = [
        migrations.AddField(
            "account",
            "operator_role",
            models.CharField(blank=True, choices=_ROLES, default="", max_length=16),
        ),
        migrations.RunSQL(
            "UPDATE tenants_account SET operator_role = 'owner' WHERE is_operator",
            "UPDATE tenants_account SET is_operator = true WHERE operator_role <> ''",
        ),
        migrations.RemoveField("account", "is_operator"),
    ]
