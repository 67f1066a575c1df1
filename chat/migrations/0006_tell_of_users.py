"""A trigger that notifies every process of a user who was revoked, deactivated or let in again (see
``tenants.changes``)."""

from django.db import migrations

_CHANGE = """
CREATE FUNCTION tell_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('parley_tenants', TG_TABLE_SCHEMA || ':' || NEW.id);
    RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE TRIGGER tell_of_user AFTER UPDATE OF revoked_before, deactivated_at ON chat_user FOR EACH ROW
WHEN (OLD.revoked_before IS DISTINCT FROM NEW.revoked_before OR OLD.deactivated_at IS DISTINCT FROM NEW.deactivated_at)
EXECUTE FUNCTION tell_of_user()
"""


class Migration(migrations.Migration):
    dependencies = [("chat", "0005_conversation")]

    operations = [
        migrations.RunSQL(_CHANGE, "DROP FUNCTION tell_of_user() CASCADE"),
        migrations.RunSQL(_TRIGGER, "DROP TRIGGER tell_of_user ON chat_user"),
    ]
