"""Tell also the tenant that a row is moved away from, and every tenant of an account that is closed or opened."""

from django.db import migrations

_MOVED = """
CREATE OR REPLACE FUNCTION parley_tell_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
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


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_tell_of_changes")]

    operations = [
        migrations.RunSQL(_MOVED, migrations.RunSQL.noop),
        migrations.RunSQL(_ACCOUNT, "DROP FUNCTION parley_tell_of_account() CASCADE"),
        migrations.RunSQL(_ACCOUNT_TRIGGER, "DROP TRIGGER IF EXISTS tell_of_change ON tenants_account"),
    ]
