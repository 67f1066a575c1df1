"""What operators have, domains that prove whose they are, and maintenance, of which every process hears at once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.models.operators

_ROLES = [("owner", "Owner"), ("operator", "Operator"), ("support", "Support"), ("viewer", "Viewer")]
_MODES = [("none", "None"), ("view", "View"), ("change", "Change")]
_TELL = """
CREATE FUNCTION parley_tell_of_maintenance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('parley_tenants', 'all');
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_change AFTER INSERT OR UPDATE OR DELETE ON tenants_maintenance
FOR EACH STATEMENT EXECUTE FUNCTION parley_tell_of_maintenance()
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0011_audit")]

    operations = [
        migrations.CreateModel(
            "OperatorKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("prefix", models.CharField(max_length=24, unique=True)),
                ("digest", models.CharField(max_length=64)),
                ("role", models.CharField(choices=_ROLES, max_length=16)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="operator_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-created_at"]},
        ),
        migrations.CreateModel(
            "OperatorInvitation",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=tenants.models.operators._invitation_id,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("role", models.CharField(choices=_ROLES, max_length=16)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
            ],
            options={"ordering": ["email"]},
        ),
        migrations.CreateModel(
            "SupportGrant",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=tenants.models.operators._grant_id,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("mode", models.CharField(choices=_MODES, max_length=8)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("entered_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="support_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="support_grants",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={"ordering": ["-created_at"]},
        ),
        migrations.CreateModel(
            "Maintenance",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_maintenance")],
            },
        ),
        migrations.AddField("domain", "token", models.CharField(blank=True, max_length=64)),
        migrations.AddField("domain", "checked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("domain", "failed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("domain", "failure", models.CharField(blank=True, max_length=200)),
        migrations.RunSQL(_TELL, "DROP FUNCTION parley_tell_of_maintenance() CASCADE"),
    ]
