"""Triggers that notify every process when what the directory remembers has changed."""

from django.db import migrations

_FUNCTION = """
CREATE FUNCTION parley_tell_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(COALESCE(NEW, OLD));
BEGIN
    PERFORM pg_notify('parley_tenants', COALESCE(changed ->> 'tenant_id', changed ->> 'id'));
    RETURN NULL;
END $$
"""
_TABLES = ("tenants_tenant", "tenants_domain", "tenants_signingkey", "tenants_apikey", "tenants_membership")


def _trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER tell_of_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION parley_tell_of_change()"
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(_FUNCTION, "DROP FUNCTION parley_tell_of_change() CASCADE"),
        *[migrations.RunSQL(_trigger(table), f"DROP TRIGGER IF EXISTS tell_of_change ON {table}") for table in _TABLES],
    ]
