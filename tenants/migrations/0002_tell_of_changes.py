"""Triggers that notify every process when what it remembers of a tenant has changed.

A row that moves from one tenant to another is told to both; an account that is closed or opened, to each of its
tenants.
"""

from django.db import migrations

_CHANGE = """
CREATE FUNCTION parley_tell_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb;
BEGIN
    FOREACH changed IN ARRAY ARRAY[to_jsonb(OLD), to_jsonb(NEW)] LOOP
        IF changed IS NOT NULL THEN
            PERFORM pg_notify('parley_tenants', COALESCE(changed ->> 'tenant_id', changed ->> 'id'));
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""
_ACCOUNT = """
CREATE FUNCTION parley_tell_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('parley_tenants', tenant_id::text) FROM tenants_membership WHERE account_id = NEW.id;
    RETURN NULL;
END $$
"""
_ACCOUNT_TRIGGER = """
CREATE TRIGGER tell_of_change AFTER UPDATE OF is_active ON tenants_account
FOR EACH ROW WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active) EXECUTE FUNCTION parley_tell_of_account()
"""
_TABLES = ("tenants_tenant", "tenants_domain", "tenants_signingkey", "tenants_membership")


def _trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER tell_of_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION parley_tell_of_change()"
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(_CHANGE, "DROP FUNCTION parley_tell_of_change() CASCADE"),
        *[migrations.RunSQL(_trigger(table), f"DROP TRIGGER IF EXISTS tell_of_change ON {table}") for table in _TABLES],
        migrations.RunSQL(_ACCOUNT, "DROP FUNCTION parley_tell_of_account() CASCADE"),
        migrations.RunSQL(_ACCOUNT_TRIGGER, "DROP TRIGGER IF EXISTS tell_of_change ON tenants_account"),
    ]
