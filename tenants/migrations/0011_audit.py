"""The audit log, to which the application may add and nothing else."""

from django.db import migrations, models

_KINDS = [
    ("account", "Account"),
    ("support", "Support"),
    ("operator", "Operator"),
    ("key", "Key"),
    ("user", "User"),
    ("system", "System"),
]
_REFUSE = """
CREATE FUNCTION parley_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tenants_auditentry
FOR EACH STATEMENT EXECUTE FUNCTION parley_refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON tenants_auditentry FROM CURRENT_USER
"""
_ALLOW = """
GRANT UPDATE, DELETE, TRUNCATE ON tenants_auditentry TO CURRENT_USER;
DROP TRIGGER append_only ON tenants_auditentry;
DROP FUNCTION parley_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0010_consoles")]

    operations = [
        migrations.CreateModel(
            "AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("chain", models.CharField(max_length=63)),
                ("number", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField()),
                ("actor_kind", models.CharField(choices=_KINDS, max_length=8)),
                ("actor_id", models.CharField(blank=True, max_length=128)),
                ("actor_name", models.CharField(blank=True, max_length=254)),
                ("on_behalf_of", models.CharField(blank=True, max_length=500)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("action", models.CharField(max_length=64)),
                ("target", models.CharField(blank=True, max_length=300)),
                ("before", models.JSONField(blank=True, null=True)),
                ("after", models.JSONField(blank=True, null=True)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["-number"],
                "indexes": [models.Index(fields=["chain", "action", "number"], name="audit_by_action")],
                "constraints": [models.UniqueConstraint(fields=("chain", "number"), name="one_entry_per_place")],
            },
        ),
        migrations.RunSQL(_REFUSE, _ALLOW),
        migrations.CreateModel(
            "AuditHead",
            fields=[
                ("chain", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
        ),
    ]
