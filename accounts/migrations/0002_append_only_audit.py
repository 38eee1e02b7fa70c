from django.db import migrations

# Blanking what was said is the one change allowed, and only in a transaction that says it erases (accounts.erasure).
FUNCTION = """
CREATE FUNCTION accounts_auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('leadhub.erasing', true) = 'on'
       AND (NEW.id, NEW.account_id, NEW.event, NEW.content_type_id, NEW.object_id, NEW.timestamp)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.account_id, OLD.event, OLD.content_type_id, OLD.object_id, OLD.timestamp)
       AND NEW.actor_id IS NOT DISTINCT FROM OLD.actor_id
       AND NEW.changes IS NULL AND NEW.additional_data IS NULL
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit entries are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""
TRIGGERS = [
    """CREATE TRIGGER auditentry_append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_auditentry_refuse()""",
    """CREATE TRIGGER auditentry_no_truncate BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_auditentry_refuse()""",
]
ALLOW = [
    "DROP TRIGGER auditentry_no_truncate ON accounts_auditentry",
    "DROP TRIGGER auditentry_append_only ON accounts_auditentry",
    "DROP FUNCTION accounts_auditentry_refuse()",
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_accounts_users_keys_audit")]
    operations = [migrations.RunSQL([FUNCTION, *TRIGGERS], ALLOW)]
